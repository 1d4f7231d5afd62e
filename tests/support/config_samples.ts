import fc from "fast-check";

/** The two files of a case; `null` for one that is not there. */
export interface Sample {
  readonly config: string | null;
  readonly credentials: string | null;
}

const only = (config: string): Sample => ({ config, credentials: null });

/** Files made by hand, each for one rule of the dialect or one surprise of it. */
export const handMade: Readonly<Record<string, Sample>> = {
  "nothing at all": { config: null, credentials: null },
  "empty files": { config: "", credentials: "" },
  "only comments": only("# one\n; two\n  # three\n"),
  "a plain profile": only("[profile dev]\nregion = eu-west-1\noutput=json\n"),
  "default": only("[default]\nregion = eu-west-1\n"),
  "default as a profile": only("[profile default]\nregion = eu-west-1\n"),
  "default twice, plain last": only("[profile default]\na = 1\n[default]\nb = 2\n"),
  "default twice, plain first": only("[default]\nb = 2\n[profile default]\na = 1\n"),
  "DEFAULT inherits": only("[DEFAULT]\nregion = eu-west-1\n[profile a]\noutput = json\n[profile b]\nregion = x\n"),
  "DEFAULT after the profile": only("[profile a]\noutput = json\n[DEFAULT]\nregion = eu-west-1\n"),
  "DEFAULT twice": only("[DEFAULT]\na = 1\n[profile x]\n[DEFAULT]\nb = 2\n"),
  "DEFAULT with one key twice": only("[DEFAULT]\na = 1\n[DEFAULT]\na = 2\n"),
  "DEFAULT with a block": only("[DEFAULT]\ns3 =\n  a = 1\n[profile x]\n"),
  "DEFAULT with a broken block that is inherited": only("[DEFAULT]\ns3 =\n  a\n[profile x]\n"),
  "DEFAULT with a broken block that nobody inherits": only("[DEFAULT]\ns3 =\n  a\n[profile x]\ns3 = y\n"),
  "DEFAULT with a broken block alone": only("[DEFAULT]\ns3 =\n  a\n"),
  "double quotes": only('[profile "a b"]\nregion = x\n'),
  "single quotes": only("[profile 'a b']\nregion = x\n"),
  "quotes within a word": only('[profile a"b c"d]\nregion = x\n'),
  "escaped quote": only('[profile "a\\"b"]\nregion = x\n'),
  "escape of a plain letter in quotes": only('[profile "a\\nb"]\nregion = x\n'),
  "backslash in single quotes": only("[profile 'a\\b']\nregion = x\n"),
  "escaped space": only("[profile a\\ b]\nregion = x\n"),
  "backslash at the end": only("[profile a\\]\nregion = x\n"),
  "unclosed quote": only("[profile it's]\nregion = x\n"),
  "three words": only("[profile a b]\nregion = x\n"),
  "one word": only("[profile]\nregion = x\n"),
  "an empty name": only('[profile ""]\nregion = x\n'),
  "spaces around the name": only("[profile   a  ]\nregion = x\n"),
  "a tab before the name": only("[profile\ta]\nregion = x\n"),
  "space before the word profile": only("[ profile a]\nregion = x\n"),
  "profiles counts as profile": only("[profiles a]\nregion = x\n"),
  "profile glued to the name": only("[profilea]\nregion = x\n[profile-x b]\nregion = y\n"),
  "the same profile under two headers": only('[profile a]\nx = 1\n[profile "a"]\ny = 2\n'),
  "upper case": only("[Profile a]\nregion = x\n[profile A]\nREGION = Y\n"),
  "hash in the name": only("[profile a#b]\nregion = x\n"),
  "comment after the header": only("[profile a] # mine\nregion = x\n"),
  "comment with a bracket after the header": only("[profile a] # [mine]\nregion = x\n"),
  "text after the header": only("[profile a]region = x\nregion = y\n"),
  "brackets in the name": only("[profile a[1]]\nregion = x\n"),
  "header that is not closed": only("[profile a\nregion = x\n"),
  "header that is not closed, with a delimiter": only("[default]\n[profile = a\n"),
  "empty header": only("[default]\n[]\nregion = x\n"),
  "empty header first": only("[]\nregion = x\n"),
  "header of one bracket": only("[]]\nregion = x\n"),
  "unicode in names and values": only("[profile zoë 東京]\n[profile zoë]\nregion = żółw\n[profile 東京]\nx = 🔑\n"),
  "special letters as keys": only("[profile a]\nÄ = 1\nİ = 2\nΣΑΣ = 3\n"),
  "names of object members": only(
    "[profile __proto__]\n__proto__ = 1\nconstructor = 2\n[profile constructor]\na = 1\n",
  ),
  "sso session and services": only(
    "[sso-session corp]\nsso_region = x\n[services local]\nsts =\n  endpoint_url = http://a\n[profile a]\nservices = local\n",
  ),
  "unknown sections": only("[plugins]\na = 1\n[preview]\n[profile a]\nregion = x\n"),
  "broken block in an unknown section": only("[plugins]\na =\n  b\n"),
  "colon": only("[profile a]\nregion: eu-west-1\nurl: http://x=y\n"),
  "colon before equals": only("[profile a]\nurl:a=b\nx=c:d\n"),
  "several equals": only("[profile a]\nurl = a=b=c\n"),
  "no space at all": only("[profile a]\nregion=x\n"),
  "much space": only("[profile a]\nregion   =    x  y   \n"),
  "strange space": only("[profile a]\n\u00a0region\u2003=\u3000x\u00a0\n"),
  "zero width space is no space": only("[profile a]\nregion = x\n\ufeffoutput = y\n"),
  "separators as space": only("[profile a]\nregion = \u001fx\u0085\n"),
  "form feed and vertical tab": only("[profile a]\nregion = x\u000by\u000cz\n\u000bk = v\n"),
  "line separators stay": only("[profile a]\nregion = x\u2028y\n"),
  "no value": only("[profile a]\nregion =\n"),
  "no delimiter": only("[profile a]\nregion\n"),
  "no key": only("[profile a]\n= x\n"),
  "key of spaces": only("[profile a]\nmy key = x\n"),
  "keys in upper case": only("[profile a]\nRegion = x\nROLE_ARN = y\n"),
  "keys twice": only("[profile a]\nregion = x\nregion = y\n"),
  "keys twice in other case": only("[profile a]\nregion = x\nREGION = y\n"),
  "section twice": only("[profile a]\nx = 1\n[profile a]\ny = 2\n"),
  "text before the first section": only("region = x\n[profile a]\n"),
  "indented text before the first section": only("  region = x\n[profile a]\n"),
  "comment before the first section": only("# hello\n\n[profile a]\nregion = x\n"),
  "comments between": only("[profile a]\n# one\nregion = x\n; two\noutput = y\n"),
  "indented comments": only("[profile a]\nregion = x\n  # one\n  y\n"),
  "no comment after a value": only("[profile a]\nregion = x # not a comment\noutput = y ; nor this\n"),
  "value that begins with a hash": only("[profile a]\nregion = #x\n"),
  "continuation": only("[profile a]\nregion = x\n  y\n  z\noutput = w\n"),
  "continuation with blank lines": only("[profile a]\nregion = x\n\n  y\n\n\noutput = w\n"),
  "continuation with comments": only("[profile a]\nregion = x\n# c\n  y\n"),
  "continuation that looks like a header": only("[profile a]\nregion = x\n  [profile b]\noutput = w\n"),
  "continuation that looks like a key": only("[profile a]\nregion = x\n  output = w\n"),
  "all keys indented": only("[profile a]\n  region = x\n  output = w\n"),
  "keys indented less and less": only("[profile a]\n    region = x\n  output = w\ncli = z\n"),
  "keys indented more and more": only("[profile a]\nregion = x\n  output = w\n    cli = z\n"),
  "indented header": only("  [profile a]\n  region = x\n"),
  "indented header after a value": only("[profile a]\nregion = x\n  [profile b]\n  region = y\n"),
  "indented header after a header": only("[profile a]\n  [profile b]\n  region = y\n"),
  "tabs and spaces": only("[profile a]\n\tregion = x\n        output = y\n"),
  "indented line after a header": only("[profile a]\n  x\n"),
  "block": only("[profile a]\ns3 =\n  addressing_style = path\n  Max = 3\nregion = x\n"),
  "block with blank lines and comments": only("[profile a]\ns3 =\n\n  a = 1\n  # c\n\n  b=2\n"),
  "block with a key twice": only("[profile a]\ns3 =\n  a = 1\n  a = 2\n"),
  "block with deeper lines": only("[profile a]\ns3 =\n  a = 1\n    b = 2\n"),
  "block with a colon": only("[profile a]\ns3 =\n  a: 1\n"),
  "block with a colon and an equals sign": only("[profile a]\ns3 =\n  a: 1 = 2\n"),
  "block without delimiter": only("[profile a]\ns3 =\n  a\n"),
  "block with no key": only("[profile a]\ns3 =\n  = 1\n"),
  "block with a hidden line": only("[profile a]\ns3 =\n  a = 1\u2028b = 2\u000b\u000bc = 3\n"),
  "block with a broken hidden line": only("[profile a]\ns3 =\n  a = 1\u0085b\n"),
  "block of a colon": only("[profile a]\ns3:\n  a = 1\n"),
  "block after spaces": only("[profile a]\ns3 =   \n  a = 1\n"),
  "CRLF": only("[profile a]\r\nregion = x\r\ns3 =\r\n  a = 1\r\n\r\n[profile b]\r\nregion = y\r\n"),
  "CR": only("[profile a]\rregion = x\r[profile b]\rregion = y"),
  "mixed line ends": only("[profile a]\r\nregion = x\routput = y\n\r\n\r[profile b]\n"),
  "no newline at the end": only("[profile a]\nregion = x"),
  "NUL": only("[profile a]\nregion = x\u0000y\n"),
  "percent signs": only("[profile a]\nregion = %(x)s %% %\n"),
  "very long": only(`[profile ${"n".repeat(300)}]\nregion = ${"v".repeat(5000)}\n`),
  "credentials only": { config: null, credentials: "[a]\naws_access_key_id = x\n[profile b]\nregion = y\n" },
  "credentials with odd headers": {
    config: "[profile a b]\n",
    credentials: '["a b"]\nx = 1\n[ a ]\ny = 2\n[sso-session s]\nz = 3\n',
  },
  "both files": {
    config: "[default]\nregion = x\noutput = json\n[profile a]\nregion = y\n[profile c]\n",
    credentials: "[a]\naws_access_key_id = AKIA\n[default]\nregion = z\n[d]\nregion = w\n",
  },
  "credentials with DEFAULT": {
    config: "[profile a]\nregion = x\n[profile b]\nregion = y\n[DEFAULT]\noutput = json\n",
    credentials: "[DEFAULT]\nregion = z\noutput = text\n[a]\nk = 1\n",
  },
  "credentials with a block": { config: "[profile a]\ns3 = x\n", credentials: "[a]\ns3 =\n  b = 1\n" },
  "broken credentials": { config: "[profile a]\n", credentials: "aws_access_key_id = x\n" },
  "broken block in the credentials": { config: null, credentials: "[a]\ns3 =\n  b\n" },
  "quoted profile in both": { config: '[profile "a b"]\nregion = x\n', credentials: "[a b]\nk = 1\n" },
};

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("region", "output", "role_arn", "s3", "Mixed", "mfa_serial", "k1", "k2", "k3"),
  },
  { weight: 1, arbitrary: fc.constantFrom("a b", "", "ſ", "x#", "[y", "-") },
).chain((key) =>
  fc.tuple(
    fc.constantFrom("=", " = ", " =", ":", " : ", "\t=\t", "  =  "),
    fc.constantFrom("v", "", "", "a = b", "x # y", "[z]", "1:2", "  padded  ", "ü", "\u00a0", "'q'"),
  ).map(([delimiter, value]) => key + delimiter + value)
);

const header = fc.constantFrom(
  ...[
    "default",
    "DEFAULT",
    "profile a",
    "profile b",
    "profile c",
    "profile d e",
    'profile "d e"',
    "profile 'f",
    "profile",
  ],
  ...[
    "profile default",
    "profile  a",
    "sso-session s",
    "services t",
    "services",
    "plugins",
    "a",
    "b",
    "profile x]y",
    " z",
  ],
).map((name) => `[${name}]`);

const other = fc.constantFrom(
  "",
  "",
  "",
  " ",
  "# c",
  "; c",
  "#",
  "word",
  "= v",
  "[]",
  "[open",
  "]",
  "[a] # b]",
  "\u2028",
  "\u001c",
);

const anyLine = fc.tuple(
  fc.constantFrom("", "", "", "", "", "  ", "  ", "\t", "    ", "\u00a0", "\u0085 "),
  fc.oneof(
    { weight: 12, arbitrary: line },
    { weight: 5, arbitrary: header },
    { weight: 2, arbitrary: other },
  ),
  fc.constantFrom("\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n"),
).map((parts) => parts.join(""));

/** Text that looks like an AWS config file and often is one; keys and sections repeat now and then. */
export const configText: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom("[profile first]\n", "[default]\n", "[q]\n", "# c\n", ""),
  fc.array(anyLine, { maxLength: 9 }),
).map(([first, lines]) => first + lines.join(""));

/** Samples of both files, the same on each run. */
export function generated(count: number): readonly Sample[] {
  const text = fc.option(configText, { nil: null, freq: 6 });
  return fc.sample(fc.record({ config: text, credentials: text }), { numRuns: count, seed: 20240607 });
}
