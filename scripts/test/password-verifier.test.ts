import pg from "pg";
import { expect, inject, test } from "vitest";
import { passwordVerifier } from "../../deploy/compose/password-verifier.ts";

test("PostgreSQL takes what verifies a password for the password's own verifier", async () => {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  const verifier = passwordVerifier("a pair of socks");
  await client.query(`create role compose_verified login password ${client.escapeLiteral(verifier)}`);
  const { rows } = await client.query("select rolpassword from pg_authid where rolname = 'compose_verified'");
  await client.query("drop role compose_verified");
  await client.end();
  expect(rows).toEqual([{ rolpassword: verifier }]);
});

test("the verifier is the one of RFC 7677's example", () => {
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  expect(passwordVerifier("pencil", salt)).toBe(
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
});
