-- A production database of invented people for the schema of migrations/shop: 3,000 customers, 12,000 orders.
-- The same people every time; dates are relative to now, so that retention has something to do.
-- Mail goes to the reserved domain .example, phones are numbers kept free for fiction, addresses of networks are carriers' inner ones.

SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.17);
BEGIN;

CREATE TEMP TABLE words ON COMMIT DROP AS SELECT
    '{Amelia,Bruno,Chiara,Daniel,Elif,Farid,Greta,Hugo,Ines,Jakub,Katarina,Liam,Mireille,Nadia,Oscar,Paula,Quentin,Rosa,Stefan,Tomoko,Ursula,Viktor,Wanda,Xavier,Yasmin,Zeno,Aoife,Björn,Céline,Dolores}'::text[] AS first,
    '{Abbott,Baumann,Costa,Dupont,Eriksen,Fischer,Garnier,Haddad,Ivanova,Jensen,Kowalska,Lindqvist,Moreau,Novak,Okafor,Petrov,Quinn,Rossi,Schneider,Tanaka,Ueda,Vasquez,Whitfield,Xu,Yilmaz,Zimmer,O''Hara,Müller,Núñez,van Dijk}'::text[] AS last,
    '{mailbox,postal,letters,northpost,quickmail}'::text[] AS host,
    '{Acacia Road,Bridge Street,Castle Lane,Dock Street,Elm Grove,Foundry Walk,Garden Row,Harbour View,Ivy Close,Juniper Way}'::text[] AS street,
    '{Bristol,Lyon,Hamburg,Porto,Gdańsk,Turin,Malmö,Ghent,Cork,Valencia}'::text[] AS city,
    '{GB,FR,DE,PT,PL,IT,SE,BE,IE,ES}'::text[] AS country,
    '{lamp,kettle,chair,desk,rug,clock,mirror,shelf,blanket,basket,vase,bench}'::text[] AS thing,
    '{oak,linen,copper,glass,wool,slate,cork,bamboo,brass,paper}'::text[] AS material;

INSERT INTO users (id, email, username, full_name, phone, birth_date, password_hash, plan, locale, preferences, referred_by, last_login_ip, notes, created_at, updated_at)
SELECT i,
    handle || '@' || host[1 + i % 5] || '.example',
    handle,
    f || ' ' || l,
    CASE WHEN r1 < 0.9 THEN CASE WHEN r2 < 0.5 THEN '+44 20 7946 0' || lpad((r3 * 999)::int::text, 3, '0') ELSE '+49 30 23125 ' || lpad((r3 * 999)::int::text, 3, '0') END END,
    date '1945-01-01' + (r3 * 22000)::int,
    '$2b$12$' || substr(md5('salt' || i), 1, 22) || substr(md5('hash' || i), 1, 31),
    (ARRAY['free', 'free', 'plus', 'business'])[1 + floor(r2 * 4)::int]::user_plan,
    (ARRAY['en', 'de', 'fr'])[1 + floor(r1 * 3)::int],
    jsonb_build_object('theme', CASE WHEN r1 < 0.3 THEN 'dark' ELSE 'light' END,
        'flags', jsonb_build_object('beta', r2 < 0.1, 'newsletter', r3 < 0.4),
        'address', jsonb_build_object('street', (1 + (r2 * 180)::int) || ' ' || street[1 + floor(r1 * 10)::int], 'country', country[1 + floor(r3 * 10)::int]),
        'contacts', CASE WHEN r3 < 0.5 THEN jsonb_build_array(jsonb_build_object('email', lower(translate(f, 'öéø', 'oeo')) || '.family' || i || '@' || host[1 + floor(r2 * 5)::int] || '.example')) ELSE '[]' END),
    CASE WHEN r2 < 0.2 AND i > 1 THEN 1 + floor(r1 * (i - 1))::bigint END,
    ('100.' || 64 + (r3 * 63)::int || '.' || (r1 * 255)::int || '.' || (r2 * 255)::int)::inet,
    CASE WHEN r3 < 0.08 THEN 'Called about order, prefers to be reached as ' || f || ' in the evening.' END,
    born, born
FROM words, LATERAL (SELECT i, random() r1, random() r2, random() r3, random() r4 FROM generate_series(1, 3000) i) g,
    LATERAL (SELECT first[1 + (i - 1) * 7 % 30] f, last[1 + (i - 1 + (i - 1) / 30) * 11 % 30] l) n,
    LATERAL (SELECT lower(translate(f || '.' || l, 'öéüúñ'' ', 'oeuun')) || i handle, now() - interval '900 days' * r4 - interval '1 hour' born) h;

INSERT INTO addresses (id, user_id, recipient, street, city, postcode, country, is_default, created_at)
SELECT u.id, u.id, u.full_name, (1 + (r1 * 240)::int) || ' ' || street[1 + floor(r2 * 10)::int], city[c], lpad((r1 * 99999)::int::text, 5, '0'), country[c], true, u.created_at
FROM words, (SELECT *, random() r1, random() r2, 1 + floor(random() * 10)::int c FROM users ORDER BY id) u;

INSERT INTO payment_methods (id, user_id, brand, card_number, holder, expires_on, created_at, removed_at)
SELECT u.id, u.id, 'visa', n || (10 - luhn % 10) % 10, u.full_name, date_trunc('month', now() + interval '3 years' * r)::date, u.created_at,
    CASE WHEN r < 0.1 THEN u.created_at + interval '30 days' * r END
FROM (SELECT *, random() r, '4' || lpad(floor(random() * 1e14)::bigint::text, 14, '0') n FROM users WHERE id % 5 <> 0 ORDER BY id) u,
    -- The check digit of ISO/IEC 7812: every other digit, from the right, counts double.
    LATERAL (SELECT sum(CASE WHEN at % 2 = 1 THEN d * 2 / 10 + d * 2 % 10 ELSE d END) luhn
             FROM (SELECT at, substr(n, at, 1)::int d FROM generate_series(1, 15) at) digits) check_digit;

INSERT INTO categories (id, parent_id, name) VALUES
    (1, NULL, 'Home'), (2, 1, 'Living room'), (3, 1, 'Kitchen'), (4, 1, 'Office'), (5, 3, 'Tableware');
INSERT INTO products (id, category_id, sku, name, description, price, tags)
SELECT i, 2 + i % 4, 'SKU-' || lpad(i::text, 5, '0'), initcap(m || ' ' || t), 'A ' || t || ' made of ' || m || '.', round((5 + random() * 400)::numeric, 2), ARRAY[m, t]
FROM words, generate_series(1, 120) i, LATERAL (SELECT material[1 + i % 10] m, thing[1 + (i + i / 12) % 12] t) n;

-- Business grows: the newer a month, the more orders; about an eighth is older than eighteen months.
ALTER TABLE orders DISABLE TRIGGER USER;
INSERT INTO orders (id, user_id, shipping_address_id, payment_method_id, status, total, currency, note, created_at, updated_at)
SELECT o.i, o.u, o.u, p.id,
    (ARRAY['pending', 'completed', 'completed', 'completed', 'completed', 'completed', 'completed', 'completed', 'cancelled', 'completed'])[1 + floor(r2 * 10)::int]::order_status,
    0, (ARRAY['EUR', 'GBP', 'USD'])[1 + floor(r1 * 3)::int],
    CASE WHEN r2 < 0.2 THEN 'Please ring at ' || a.recipient || ', ' || a.street END,
    made, made
FROM (SELECT i, 1 + floor(random() * 3000)::bigint u, random() r1, random() r2, now() - interval '1 hour' - interval '760 days' * power(random(), 2.4) made FROM generate_series(1, 12000) i) o
    JOIN addresses a ON a.id = o.u LEFT JOIN payment_methods p ON p.id = o.u
ORDER BY o.i;
INSERT INTO order_items (order_id, product_id, quantity, unit_price)
SELECT o.id, p.id, 1 + floor(o.r * 3)::int, p.price
FROM (SELECT id, random() r, random() p FROM orders ORDER BY id) o
    CROSS JOIN LATERAL generate_series(1, 1 + floor(o.r * 5)::int) n
    JOIN products p ON p.id = 1 + (floor(o.p * 120)::int + n * 7) % 120;
UPDATE orders SET total = items.total FROM (SELECT order_id, sum(amount) total FROM order_items GROUP BY 1) items WHERE order_id = id;
ALTER TABLE orders ENABLE TRIGGER USER;

INSERT INTO invoices (order_id, user_id, payment_method_id, billing_name, billing_email, billing_address, amount, issued_on)
SELECT o.id, u.id, o.payment_method_id, u.full_name, u.email, a.street || E'\n' || a.postcode || ' ' || a.city, o.total, o.created_at::date
FROM orders o JOIN users u ON u.id = o.user_id JOIN addresses a ON a.id = o.user_id
WHERE o.status = 'completed' ORDER BY o.id;

INSERT INTO audit_logs (actor_id, actor_email, actor_ip, action, subject_type, subject_id, details, created_at)
SELECT u.id, u.email, u.last_login_ip, (ARRAY['login', 'logout', 'password_changed', 'email_changed'])[1 + floor(r1 * 4)::int], 'User', u.id,
    jsonb_build_object('user_agent', 'ShopApp/7.3', 'request_id', md5(i::text), 'previous_email', 'old.' || u.email), now() - interval '200 days' * r2
FROM (SELECT i, 1 + floor(random() * 3000)::bigint u, random() r1, random() r2 FROM generate_series(1, 9000) i) l JOIN users u ON u.id = l.u ORDER BY i;

INSERT INTO events (user_id, kind, payload, created_at)
SELECT u.id, (ARRAY['page_view', 'search', 'add_to_cart', 'checkout'])[1 + floor(r1 * 4)::int],
    jsonb_build_object('plan', u.plan, 'source', (ARRAY['web', 'ios', 'android'])[1 + floor(r2 * 3)::int], 'email', u.email, 'url', '/account/' || u.username),
    now() - interval '500 days' * r2
FROM (SELECT i, 1 + floor(random() * 3000)::bigint u, random() r1, random() r2 FROM generate_series(1, 15000) i) e JOIN users u ON u.id = e.u ORDER BY i;

INSERT INTO sessions (id, user_id, token_hash, ip, user_agent, expires_at)
SELECT md5('session' || id)::uuid, id, md5('token' || id), last_login_ip, 'ShopApp/7.3', now() + interval '14 days' FROM users WHERE id % 3 = 0;
INSERT INTO api_keys (user_id, name, key_hash) SELECT id, 'key of ' || full_name, sha256(('key' || id)::bytea) FROM users WHERE plan = 'business' AND id % 4 = 0;
INSERT INTO outbox (recipient, subject, body)
SELECT u.email, 'Your order ' || o.id, 'Dear ' || u.full_name || ', your order is on its way.' FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = 'pending';
INSERT INTO feature_flags (key, enabled, rollout) VALUES ('new_checkout', true, 25), ('gift_cards', false, 0), ('dark_mode', true, 100);

SELECT setval(pg_get_serial_sequence('users', 'id'), 3000), setval(pg_get_serial_sequence('addresses', 'id'), 3000),
    setval(pg_get_serial_sequence('payment_methods', 'id'), 3000), setval(pg_get_serial_sequence('categories', 'id'), 5),
    setval(pg_get_serial_sequence('products', 'id'), 120), setval(pg_get_serial_sequence('orders', 'id'), 12000);
REFRESH MATERIALIZED VIEW monthly_sales;
COMMIT;
ANALYZE;
