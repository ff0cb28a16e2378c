import { equal, rejects } from "node:assert/strict";
import { createHmac, pbkdf2Sync } from "node:crypto";
import type { SaslExchange } from "./sasl_mechanism.ts";
import { scram, type ScramOptions } from "./scram.ts";

const NONCE = "rOprNGfwEbeRWgbNEkqO";
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

function begin(options: Partial<ScramOptions> = {}): SaslExchange {
  return scram({ hash: "SHA-256", username: "user", password: "pencil", nonce: () => NONCE, ...options })
    .begin();
}

const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;

Deno.test("scram() says what RFC 7677 has it say, and believes its broker", async () => {
  const exchange = begin();
  equal(decode(await exchange.first()), `n,,n=user,r=${NONCE}`);
  equal(
    decode(await exchange.next(encode(SERVER_FIRST))),
    `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  );
  equal(await exchange.next(encode("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")), undefined);
});

Deno.test("scram() with SHA-512 gives the proof and takes the signature that another implementation makes", async () => {
  const exchange = begin({ hash: "SHA-512" });
  await exchange.first();
  const final = decode(await exchange.next(encode(SERVER_FIRST)))!;
  const salted = pbkdf2Sync("pencil", atobBytes("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096, 64, "sha512");
  const hmac = (key: Uint8Array, text: string) => createHmac("sha512", key).update(text).digest();
  const message = `n=user,r=${NONCE},${SERVER_FIRST},${final.slice(0, final.indexOf(",p="))}`;
  const signature = hmac(hmac(salted, "Server Key"), message).toString("base64");
  equal(await exchange.next(encode(`v=${signature}`)), undefined);
});

Deno.test("scram() writes = and , of a user name so that they are none of the message's own", async () => {
  equal(decode(await begin({ username: "a=b,c=2C" }).first()), `n,,n=a=3Db=2Cc=3D2C,r=${NONCE}`);
});

Deno.test("scram() begins each exchange with a nonce of its own", async () => {
  const mechanism = scram({ hash: "SHA-256", username: "user", password: "pencil" });
  const firsts = await Promise.all([1, 2, 3].map(async () => decode(await mechanism.begin().first())));
  equal(new Set(firsts).size, 3);
});

const hostile: readonly { readonly what: string; readonly said: string; readonly why: RegExp }[] = [
  {
    what: "wants hashing for hours (2^31 iterations)",
    said: SERVER_FIRST.replace("4096", "2147483648"),
    why: /wants 2147483648 iterations, where 4096 to 1000000 are made/,
  },
  {
    what: "wants a number of iterations that has no end",
    said: SERVER_FIRST.replace("4096", "9".repeat(400)),
    why: /no first message of SCRAM/,
  },
  {
    what: "wants a hash that is soon guessed (1 iteration)",
    said: SERVER_FIRST.replace("4096", "1"),
    why: /wants 1 iterations/,
  },
  {
    what: "adds nothing to the nonce",
    said: SERVER_FIRST.replace("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", ""),
    why: /nonce does not go on where ours ends/,
  },
  {
    what: "gives a shorter nonce",
    said: SERVER_FIRST.replace(/^r=[^,]+/, `r=${NONCE.slice(0, 4)}`),
    why: /nonce does not go on where ours ends/,
  },
  {
    what: "gives the nonce of another",
    said: SERVER_FIRST.replace("rOpr", "rOpq"),
    why: /nonce does not go on where ours ends/,
  },
  {
    what: "wants an extension that we don't know",
    said: `m=new,${SERVER_FIRST}`,
    why: /no first message of SCRAM/,
  },
  { what: "gives a salt that is no base64", said: SERVER_FIRST.replace("==", "="), why: /no first message/ },
  { what: "says nothing", said: "", why: /no first message/ },
  {
    what: "says its signature at once",
    said: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    why: /no first/,
  },
  { what: "refuses in SCRAM's words", said: "e=unknown-user", why: /the broker says "unknown-user"/ },
];

for (const { what, said, why } of hostile) {
  Deno.test(`scram() gives up, and computes nothing, when a broker ${what}`, async () => {
    const exchange = begin();
    await exchange.first();
    await rejects(exchange.next(encode(said)), why);
  });
}

for (
  const said of [
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95H4=",
    "v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    "v=6rri",
    "v=",
    "",
    "e=other-error",
  ]
) {
  Deno.test(`scram() does not believe a broker whose last word is ${JSON.stringify(said)}`, async () => {
    const exchange = begin();
    await exchange.first();
    await exchange.next(encode(SERVER_FIRST));
    await rejects(exchange.next(encode(said)), /does not know the password|the broker says "other-error"/);
  });
}

function atobBytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
