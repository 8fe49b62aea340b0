-- Names that need quoting everywhere.
CREATE SCHEMA "odd.schema";
CREATE SCHEMA "Ünï ""code"" 名前 😀";
CREATE SCHEMA "select";
CREATE TABLE "odd.schema"."a""b.c" ("x.y" integer PRIMARY KEY, "select" text, "SELECT" text, "Select" text, " lead" text, "trail " text, "tab	tab" text, "per%cent %s" text, "back\slash" text, "'" text, "$$" text, "{brace}" text, "emoji 😀" text, "dash-dash--" text, "/*" text, "0" integer, "?" integer, ":name" integer, "@" integer, "*" integer, "#" integer, "~" text, "null" integer, "yes" integer, "1e3" integer);
INSERT INTO "odd.schema"."a""b.c" VALUES (1, 's', 'S', 'Se', 'l', 't', 'tab', 'p', 'b', 'q', 'd', 'br', 'e', 'dd', 'c', 0, 1, 2, 3, 4, 5, '~', NULL, 1, 1000);
CREATE INDEX "index ""of"" names; DROP" ON "odd.schema"."a""b.c" ("select", lower("SELECT")) WHERE "x.y" > 0;
CREATE TABLE "odd.schema"."line
feed" ("col
umn" text, "esc[31m" text, "cr" text);
INSERT INTO "odd.schema"."line
feed" VALUES (E'a\nb', 'c', 'd');
CREATE TABLE "select"."table" ("user" integer PRIMARY KEY, "order" integer REFERENCES "odd.schema"."a""b.c" ("x.y"), "group" text CHECK ("group" <> 'x;''y'));
INSERT INTO "select"."table" VALUES (1, 1, 'g');
CREATE TABLE public.users (id integer PRIMARY KEY);
CREATE TABLE public."Users" (id integer PRIMARY KEY);
CREATE TABLE public."USERS" ("Id" integer PRIMARY KEY, "ID" integer, id integer);
INSERT INTO public.users VALUES (1); INSERT INTO public."Users" VALUES (1), (2); INSERT INTO public."USERS" VALUES (1, 2, 3);
CREATE TABLE "Ünï ""code"" 名前 😀"."таблица" ("колонка" text, "ß" text);
INSERT INTO "Ünï ""code"" 名前 😀"."таблица" VALUES ('да', 'ẞ');
CREATE TABLE public."a23456789b123456789c123456789d123456789e123456789f123456789g123" ("a23456789b123456789c123456789d123456789e123456789f123456789g123" integer PRIMARY KEY);
INSERT INTO public."a23456789b123456789c123456789d123456789e123456789f123456789g123" VALUES (1);
CREATE TABLE public."--" (a integer); CREATE TABLE public."\." (a integer); CREATE TABLE public."*" ("*" text); CREATE TABLE public."1" (a integer);
CREATE TABLE public."job_*" (a integer); CREATE TABLE public."~" (a integer); CREATE TABLE public."true" (a integer);
INSERT INTO public."--" VALUES (1); INSERT INTO public."\." VALUES (1); INSERT INTO public."*" VALUES ('x');
CREATE SEQUENCE public."Seq ""q""" START 7 INCREMENT -3 MINVALUE -100 MAXVALUE 50 CYCLE CACHE 5;
SELECT nextval('public."Seq ""q"""');
CREATE TABLE public."pg_dump" (a integer); CREATE TABLE public.standin_shadow (a integer);
INSERT INTO public."pg_dump" VALUES (1); INSERT INTO public.standin_shadow VALUES (1);
