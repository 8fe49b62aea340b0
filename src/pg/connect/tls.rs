//! TLS with the exact meaning of libpq's six levels, on rustls; nothing is installed for the whole process.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// libpq's `sslmode`, from weakest to strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsLevel {
    /// Never TLS.
    Disable,
    /// TLS if the server refuses plain text.
    Allow,
    /// Plain text if the server refuses TLS.
    Prefer,
    /// TLS; the certificate is checked only if there is a file of authorities.
    Require,
    /// TLS with a certificate of a known authority.
    VerifyCa,
    /// And with the host's name in it.
    VerifyFull,
}

impl TlsLevel {
    /// All levels, weakest first.
    pub const ALL: [TlsLevel; 6] = [
        TlsLevel::Disable,
        TlsLevel::Allow,
        TlsLevel::Prefer,
        TlsLevel::Require,
        TlsLevel::VerifyCa,
        TlsLevel::VerifyFull,
    ];

    /// libpq's word for it.
    pub fn word(self) -> &'static str {
        match self {
            TlsLevel::Disable => "disable",
            TlsLevel::Allow => "allow",
            TlsLevel::Prefer => "prefer",
            TlsLevel::Require => "require",
            TlsLevel::VerifyCa => "verify-ca",
            TlsLevel::VerifyFull => "verify-full",
        }
    }

    /// Reads libpq's word, or Node's `no-verify` for `require`.
    pub fn parse(word: &str) -> Option<Self> {
        let word = if word == "no-verify" { "require" } else { word };
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

/// Who vouches for the server.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Authorities {
    /// Those of the operating system.
    System,
    /// Those of a file.
    File(PathBuf),
    /// Nobody: the certificate is not looked at.
    Nobody,
}

/// Everything about TLS that the settings say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TlsSettings {
    pub(super) level: TlsLevel,
    pub(super) authorities: Authorities,
    /// A certificate chain and its private key.
    pub(super) client: Option<(PathBuf, PathBuf)>,
    pub(super) send_name: bool,
    /// TLS without PostgreSQL's request for it (`sslnegotiation=direct`).
    pub(super) direct: bool,
    /// Nothing below TLS 1.3.
    pub(super) newest_only: bool,
}

/// Why TLS cannot be set up: the parameter and the reason.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{parameter} {}: {reason}", path.display())]
pub(super) struct TlsFault {
    pub(super) parameter: &'static str,
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

impl TlsSettings {
    /// No TLS at all.
    pub(super) fn disabled() -> Self {
        TlsSettings {
            level: TlsLevel::Disable,
            authorities: Authorities::Nobody,
            client: None,
            send_name: true,
            direct: false,
            newest_only: false,
        }
    }

    /// Reads the files and makes the connector.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, TlsFault> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions: &[_] = if self.newest_only {
            &[&rustls::version::TLS13]
        } else {
            &[&rustls::version::TLS13, &rustls::version::TLS12]
        };
        let verifier = Verifier::new(&self.authorities, self.level == TlsLevel::VerifyFull, &provider)?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .expect("ring speaks TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &self.client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = read_certificates("sslcert", certificate)?;
                let private = read_key(key)?;
                builder
                    .with_client_auth_cert(chain, private)
                    .map_err(|cause| TlsFault::new("sslkey", key, format!("it does not go with sslcert: {cause}")))?
            }
        };
        config.enable_sni = self.send_name;
        if self.direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok(MakeRustlsConnect::new(config))
    }
}

impl TlsFault {
    fn new(parameter: &'static str, path: &Path, reason: impl Into<String>) -> Self {
        TlsFault { parameter, path: path.to_owned(), reason: reason.into() }
    }
}

/// Checks the server's certificate as far as the level asks for.
#[derive(Debug)]
struct Verifier {
    /// The chain and name check; `None` if nobody vouches.
    web: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of the authorities' file themselves: a server may present one of them as its own.
    pinned: Vec<CertificateDer<'static>>,
    /// Whether the host's name counts.
    name_matters: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn new(authorities: &Authorities, name_matters: bool, provider: &Arc<CryptoProvider>) -> Result<Self, TlsFault> {
        let certificates = match authorities {
            Authorities::Nobody => Vec::new(),
            Authorities::File(path) => read_certificates("sslrootcert", path)?,
            Authorities::System => rustls_native_certs::load_native_certs().certs,
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let (web, pinned) = match authorities {
            Authorities::Nobody => (None, Vec::new()),
            _ => {
                let path = match authorities {
                    Authorities::File(path) => path.as_path(),
                    _ => Path::new("system"),
                };
                let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
                    .build()
                    .map_err(|_| TlsFault::new("sslrootcert", path, "it holds no certificate of an authority"))?;
                let pinned = if *authorities == Authorities::System { Vec::new() } else { certificates };
                (Some(verifier), pinned)
            }
        };
        Ok(Verifier { web, pinned, name_matters, algorithms: provider.signature_verification_algorithms })
    }

    /// True if the server's own certificate stands in the file, as with a self-signed one that calls itself an
    /// authority. webpki looks at the dates before it objects to that, so they are right.
    fn is_pinned(&self, presented: &CertificateDer<'_>, objection: &rustls::Error) -> bool {
        let rustls::Error::InvalidCertificate(CertificateError::Other(cause)) = objection else { return false };
        cause.0.to_string() == "CaUsedAsEndEntity" && self.pinned.iter().any(|pinned| pinned == presented)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        presented: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(web) = &self.web else { return Ok(ServerCertVerified::assertion()) };
        match web.verify_server_cert(presented, intermediates, name, ocsp, now) {
            Ok(verified) => Ok(verified),
            // The name is looked at last: whoever fails there has a good chain.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name_matters => Ok(ServerCertVerified::assertion()),
            Err(objection) if self.is_pinned(presented, &objection) => {
                if self.name_matters {
                    let parsed = rustls::server::ParsedCertificate::try_from(presented)?;
                    rustls::client::verify_server_name(&parsed, name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            Err(objection) => Err(objection),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn read_certificates(parameter: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let fault = |reason: String| TlsFault::new(parameter, path, reason);
    let bytes = std::fs::read(path).map_err(|cause| fault(cause.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| fault("it is not PEM".into()))?;
    if certificates.is_empty() { Err(fault("it holds no certificate in PEM".into())) } else { Ok(certificates) }
}

/// Reads a private key, with libpq's check of its mode: 0600, or 0640 if root owns it.
fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsFault> {
    let fault = |reason: String| TlsFault::new("sslkey", path, reason);
    let metadata = std::fs::metadata(path).map_err(|cause| fault(cause.to_string()))?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.permissions().mode() & forbidden != 0 {
        return Err(fault("its group or others may read it; chmod 0600 it".into()));
    }
    let bytes = zeroize::Zeroizing::new(std::fs::read(path).map_err(|cause| fault(cause.to_string()))?);
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| fault("it holds no private key in PEM that is not encrypted".into()))
}

/// Where systems keep the bundle of their authorities, for a libpq that knows no `sslrootcert=system`.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
];

/// The file of the operating system's authorities.
pub(super) fn system_bundle() -> Option<PathBuf> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    named.into_iter().chain(BUNDLES.iter().map(PathBuf::from)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_their_words() {
        for level in TlsLevel::ALL {
            assert_eq!(TlsLevel::parse(level.word()), Some(level));
        }
        assert_eq!(TlsLevel::parse("no-verify"), Some(TlsLevel::Require));
        assert_eq!(TlsLevel::parse("verify"), None);
        assert!(TlsLevel::ALL.is_sorted());
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(read_key(file.path()).expect_err("too open").reason.contains("chmod 0600"));
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).expect("chmod");
        assert!(read_key(file.path()).expect_err("empty").reason.contains("no private key"));
    }
}
