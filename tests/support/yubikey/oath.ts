import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { type Apdu, status, StatusWord } from "./apdu.ts";
import {
  bigEndian,
  type Bytes,
  concat,
  fromBase32,
  parseTagged,
  tagged,
  type TagValue,
  text,
  untext,
} from "./bytes.ts";

/** An account to put on the key before anything runs. `name` is the whole id as ykman shows it, `issuer:name`. */
export interface SeedAccount {
  readonly name: string;
  readonly secretBase32: string;
  readonly touch?: boolean;
  /** Seconds; other than 30 the id gets the prefix `PERIOD/`, as ykman writes it. */
  readonly period?: number;
  readonly digits?: number;
}

export interface OathApplet {
  select(): Bytes;
  /** Forgets challenge and authentication: power off, reset, or another applet selected. */
  deselect(): void;
  process(apdu: Apdu): Promise<Bytes>;
  readonly accountNames: readonly string[];
}

interface Account {
  readonly name: string;
  readonly typeAndAlgorithm: number;
  readonly digits: number;
  readonly key: Bytes;
  readonly touch: boolean;
  readonly counter: number;
}

/** Tags and instructions: YKOATH specification <https://developers.yubico.com/OATH/YKOATH_Protocol.html>. */
const tag = {
  name: 0x71,
  nameInList: 0x72,
  key: 0x73,
  challenge: 0x74,
  response: 0x75,
  truncated: 0x76,
  hotp: 0x77,
  property: 0x78,
  version: 0x79,
  counter: 0x7a,
  algorithm: 0x7b,
  touch: 0x7c,
} as const;

const instruction = {
  put: 0x01,
  delete: 0x02,
  setCode: 0x03,
  reset: 0x04,
  rename: 0x05,
  list: 0xa1,
  calculate: 0xa2,
  validate: 0xa3,
  calculateAll: 0xa4,
} as const;

const hashes: Readonly<Record<number, string>> = { 1: "sha1", 2: "sha256", 3: "sha512" };
const hotpType = 0x10;
const totpType = 0x20;
const touchRequired = 0x02;
/** A YubiKey 5 holds 32 OATH accounts with ids of at most 64 bytes. */
const capacity = 32;
const longestName = 64;
const defaultPeriod = 30;
const nothing: Bytes = new Uint8Array();

export interface OathOptions {
  readonly serial: number;
  readonly version: Bytes;
  readonly accounts: readonly SeedAccount[];
  readonly password?: string;
  readonly touch: () => Promise<boolean>;
}

export function createOathApplet(options: OathOptions): OathApplet {
  let accounts: readonly Account[] = options.accounts.map(seeded);
  let resets = 0;
  let accessKey = options.password === undefined ? undefined : deriveKey(options.password);
  let challenge: Bytes | undefined;
  let isUnlocked = false;

  /** The 8-byte device id is the salt of the password too, and changes with every reset. */
  function deviceId(): Bytes {
    return concat(createHash("sha256").update(`${options.serial}/${resets}`).digest().subarray(0, 8));
  }

  /** PBKDF2 with 1000 rounds of SHA-1 over the device id, 16 bytes: what ykman does with the person's password. */
  function deriveKey(password: string): Bytes {
    return concat(pbkdf2Sync(password, deviceId(), 1000, 16, "sha1"));
  }

  function find(name: Bytes): Account {
    const account = accounts.find((candidate) => candidate.name === untext(name));
    if (account === undefined) throw new StatusWord(status.noSuchObject);
    return account;
  }

  function replace(account: Account, by: readonly Account[]): void {
    accounts = accounts.flatMap((candidate) => candidate.name === account.name ? by : [candidate]);
  }

  function put(fields: Fields): Bytes {
    const key = fields.get(tag.key);
    const account: Account = {
      name: untext(fields.get(tag.name)),
      typeAndAlgorithm: key[0],
      digits: key[1],
      key: key.slice(2),
      touch: ((fields.find(tag.property)?.[0] ?? 0) & touchRequired) !== 0,
      counter: (fields.find(tag.counter) ?? nothing).reduce((value, byte) => value * 256 + byte, 0),
    };
    if (!isAcceptable(account)) throw new StatusWord(status.wrongSyntax);
    const exists = accounts.some((candidate) => candidate.name === account.name);
    if (!exists && accounts.length >= capacity) throw new StatusWord(status.noSpace);
    if (exists) replace(account, [account]);
    else accounts = [...accounts, account];
    return nothing;
  }

  function setCode(fields: Fields): Bytes {
    const key = fields.get(tag.key);
    if (key.length === 0) {
      accessKey = undefined;
      return nothing;
    }
    const proof = hmac("sha1", key.slice(1), fields.get(tag.challenge));
    if (!isSame(proof, fields.get(tag.response))) throw new StatusWord(status.noSuchObject);
    accessKey = key.slice(1);
    isUnlocked = true;
    return nothing;
  }

  function validate(fields: Fields): Bytes {
    if (accessKey === undefined || challenge === undefined) throw new StatusWord(status.noSuchObject);
    if (!isSame(hmac("sha1", accessKey, challenge), fields.get(tag.response))) {
      throw new StatusWord(status.wrongSyntax);
    }
    isUnlocked = true;
    return tagged(tag.response, hmac("sha1", accessKey, fields.get(tag.challenge)));
  }

  async function calculate(fields: Fields, wantsTruncated: boolean): Promise<Bytes> {
    const account = find(fields.get(tag.name));
    if (account.touch && !await options.touch()) throw new StatusWord(status.touchOrPasswordMissing);
    if (isHotp(account)) replace(account, [{ ...account, counter: account.counter + 1 }]);
    return answer(account, fields.get(tag.challenge), wantsTruncated);
  }

  function calculateAll(fields: Fields, wantsTruncated: boolean): Bytes {
    return concat(...accounts.flatMap((account) => [
      tagged(tag.name, text(account.name)),
      isHotp(account)
        ? tagged(tag.hotp, Uint8Array.of(account.digits))
        : account.touch
        ? tagged(tag.touch, Uint8Array.of(account.digits))
        : answer(account, fields.get(tag.challenge), wantsTruncated),
    ]));
  }

  function reset(apdu: Apdu): Bytes {
    if (apdu.p1 !== 0xde || apdu.p2 !== 0xad) throw new StatusWord(status.wrongParameters);
    accounts = [];
    accessKey = undefined;
    resets++;
    return nothing;
  }

  function rename(fields: Fields): Bytes {
    const [from, to] = fields.all(tag.name);
    if (from === undefined || to === undefined) throw new StatusWord(status.wrongSyntax);
    const account = find(from);
    replace(account, [{ ...account, name: untext(to) }]);
    return nothing;
  }

  function list(): Bytes {
    return concat(
      ...accounts.map((account) =>
        tagged(tag.nameInList, concat(Uint8Array.of(account.typeAndAlgorithm), text(account.name)))
      ),
    );
  }

  return {
    select() {
      challenge = accessKey === undefined ? undefined : concat(randomBytes(8));
      return concat(
        tagged(tag.version, options.version),
        tagged(tag.name, deviceId()),
        challenge === undefined
          ? nothing
          : concat(tagged(tag.challenge, challenge), tagged(tag.algorithm, Uint8Array.of(1))),
      );
    },
    deselect() {
      challenge = undefined;
      isUnlocked = false;
    },
    async process(apdu) {
      if (apdu.ins === instruction.reset) return reset(apdu);
      const fields = readFields(apdu.data);
      if (apdu.ins === instruction.validate) return validate(fields);
      if (accessKey !== undefined && !isUnlocked) throw new StatusWord(status.touchOrPasswordMissing);
      switch (apdu.ins) {
        case instruction.put:
          return put(fields);
        case instruction.delete:
          replace(find(fields.get(tag.name)), []);
          return nothing;
        case instruction.setCode:
          return setCode(fields);
        case instruction.rename:
          return rename(fields);
        case instruction.list:
          return list();
        case instruction.calculate:
          return await calculate(fields, apdu.p2 === 1);
        case instruction.calculateAll:
          return calculateAll(fields, apdu.p2 === 1);
        default:
          throw new StatusWord(status.unknownInstruction);
      }
    },
    get accountNames() {
      return accounts.map((account) => account.name);
    },
  };
}

interface Fields {
  get(tag: number): Bytes;
  find(tag: number): Bytes | undefined;
  all(tag: number): readonly Bytes[];
}

function readFields(data: Bytes): Fields {
  const triples: readonly TagValue[] | undefined = parseTagged(data);
  if (triples === undefined) throw new StatusWord(status.wrongSyntax);
  const find = (wanted: number) => triples.find((triple) => triple.tag === wanted)?.value;
  return {
    find,
    all: (wanted) => triples.filter((triple) => triple.tag === wanted).map((triple) => triple.value),
    get(wanted) {
      const value = find(wanted);
      if (value === undefined) throw new StatusWord(status.wrongSyntax);
      return value;
    },
  };
}

function seeded(seed: SeedAccount): Account {
  const period = seed.period ?? defaultPeriod;
  return {
    name: period === defaultPeriod ? seed.name : `${period}/${seed.name}`,
    typeAndAlgorithm: totpType | 1,
    digits: seed.digits ?? 6,
    key: fromBase32(seed.secretBase32),
    touch: seed.touch ?? false,
    counter: 0,
  };
}

function isAcceptable(account: Account): boolean {
  const type = account.typeAndAlgorithm & 0xf0;
  const nameLength = text(account.name).length;
  return nameLength > 0 && nameLength <= longestName && account.key.length > 0 &&
    (type === hotpType || type === totpType) && hashes[account.typeAndAlgorithm & 0x0f] !== undefined;
}

function isHotp(account: Account): boolean {
  return (account.typeAndAlgorithm & 0xf0) === hotpType;
}

/** The code's digits and its 31 bits (RFC 4226 section 5.3), which the host reduces to decimal digits; or the whole hash. */
function answer(account: Account, challenge: Bytes, wantsTruncated: boolean): Bytes {
  const message = isHotp(account) ? bigEndian(account.counter, 8) : challenge;
  const digest = hmac(hashes[account.typeAndAlgorithm & 0x0f], account.key, message);
  if (!wantsTruncated) return tagged(tag.response, concat(Uint8Array.of(account.digits), digest));
  const offset = digest[digest.length - 1] & 0x0f;
  const [first, ...rest] = digest.subarray(offset, offset + 4);
  return tagged(tag.truncated, Uint8Array.of(account.digits, first & 0x7f, ...rest));
}

function hmac(hash: string, key: Bytes, message: Bytes): Bytes {
  return concat(createHmac(hash, key).update(message).digest());
}

function isSame(left: Bytes, right: Bytes): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
