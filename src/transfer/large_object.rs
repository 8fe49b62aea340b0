//! Large objects, piece by piece, under the same numbers, with owners, grants and comments.

use crate::pg::session::{Source, Target};
use crate::plan::RoleMap;
use crate::words::error::Result;

/// Copies every large object that there is in the snapshot.
pub async fn copy(source: &Source, target: &Target, roles: &RoleMap, comments: bool) -> Result<()> {
    for object in source.large_objects().await? {
        target.create_large_object(object.number).await?;
        let mut at = 0;
        loop {
            let piece = source.large_object_piece(object.number, at).await?;
            if piece.is_empty() {
                break;
            }
            target.write_large_object(object.number, at, &piece).await?;
            at += piece.len() as i64;
        }
        target.finish_large_object(&object, roles, comments).await?;
    }
    Ok(())
}
