/** The cached switch: what the core has left in env/NAME, without a process, unless there is any doubt. */
import type { Family } from "./adapters.ts";
import { admin, type Case, knowsFileTimes, own, secret, wireOf, type World } from "./case.ts";
import { atNow } from "./fake_core.ts";

interface CacheFile {
  readonly name?: string;
  readonly wire?: readonly string[];
  /** AWS_CONFIG_FILE and what follows it in the first line, up to the time. */
  readonly circumstances?: readonly string[];
  /** The last field of the first line. */
  readonly writtenAt?: string;
}

/** As many values as a first line has between HOME and the time. */
const noCircumstances = ["", "", "", "", "", "", ""];

/** The cache as the core leaves it, a minute younger than the AWS files. */
export function cacheOf(
  world: World,
  { name = "admin", wire = admin.wire as readonly string[], circumstances = [], writtenAt = "{-1}" }: CacheFile = {},
) {
  const root = world.cache;
  Deno.mkdirSync(`${root}/env`, { recursive: true, mode: 0o700 });
  const values = [...circumstances, ...noCircumstances.slice(circumstances.length)];
  const text = `# ${[world.home, ...values, writtenAt].join("\t")}\n${wire.join("\n")}\n`;
  Deno.writeTextFileSync(`${root}/env/${name}`, atNow(text), { mode: 0o600 });
  awsFilesIn(world.home);
}

/** Both AWS files, a minute old. */
function awsFilesIn(home: string): void {
  Deno.mkdirSync(`${home}/.aws`, { recursive: true });
  for (const file of ["config", "credentials"]) Deno.writeTextFileSync(`${home}/.aws/${file}`, "[default]\n");
  for (const path of ["/.aws/config", "/.aws/credentials", "/.aws", ""]) makeOld(`${home}${path}`);
}

function makeOld(path: string): void {
  Deno.utimeSync(path, 0, Math.floor(Date.now() / 1000) - 60);
}

const hit: Case = {
  name: "a cached profile is switched to without the core",
  before: { AWS_PROFILE: "mine" },
  core: [{ status: 1 }],
  arrange: (world) => cacheOf(world),
  type: [["aws-use", "admin"]],
  after: {
    env: {
      AWS_ACCESS_KEY_ID: "ASIAADMIN",
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_SESSION_TOKEN: "token/of+admin==",
      AWS_CREDENTIAL_EXPIRATION: "2030-01-01T12:00:00Z",
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_USE_PROFILE: "admin",
      AWS_USE_IDENTITY: "alice@123456789012",
      AWS_PROFILE: null,
    },
    stderr: "admin as alice@123456789012, 59m\n",
    calls: [],
  },
  only: knowsFileTimes,
};

function linkedCache({ cache, folder }: World): void {
  Deno.symlinkSync(cache, `${folder}/linked`);
}

/** Each must ask the core; some can only be made as root, who tests in CI. */
const doubts: readonly {
  readonly name: string;
  readonly file?: CacheFile;
  readonly before?: Readonly<Record<string, string>>;
  readonly arrange?: (world: World) => void;
  readonly type?: readonly string[];
  readonly only?: (family: Family) => boolean;
}[] = [
  { name: "additions", type: ["admin", "--region", "eu-west-1"] },
  { name: "the word use", type: ["use", "admin"] },
  { name: "a margin that is none, which the core refuses", before: { AWS_USE_MARGIN: "abc" } },
  { name: "a profile named like a verb", file: { name: "list", wire: wireOf("list") }, type: ["list"] },
  { name: "a name with a space", file: { name: "a b", wire: wireOf("a b") }, type: ["a b"] },
  { name: "a name with a leading dash", file: { name: "-x", wire: wireOf("-x") }, type: ["-x"] },
  { name: "a name that leads elsewhere", file: { name: "x", wire: wireOf("../env/x") }, type: ["../env/x"] },
  { name: "no such file", file: { name: "other" } },
  {
    name: "a link to the file",
    arrange: ({ cache }) => {
      Deno.renameSync(`${cache}/env/admin`, `${cache}/env/real`);
      Deno.symlinkSync("real", `${cache}/env/admin`);
    },
  },
  {
    name: "a link to the folder of files",
    arrange: ({ cache }) => {
      Deno.renameSync(`${cache}/env`, `${cache}/real`);
      Deno.symlinkSync("real", `${cache}/env`);
    },
  },
  {
    name: "a link to the cache",
    arrange: ({ cache }) => {
      Deno.renameSync(cache, `${cache}.real`);
      Deno.symlinkSync(`${cache}.real`, cache);
    },
  },
  {
    name: "a file open to others, where the shell can tell",
    arrange: ({ cache }) => Deno.chmodSync(`${cache}/env/admin`, 0o640),
    only: (family) => family === "zsh",
  },
  ...["", "/env", "/env/admin"].filter(() => Deno.uid() === 0).map((path) => ({
    name: `another user's cache${path}`,
    arrange: ({ cache }: World) => Deno.chownSync(`${cache}${path}`, 65534, 65534),
  })),
  ...["config", "credentials"].flatMap((file) => [
    {
      name: `a newer ${file} file`,
      arrange: ({ home }: World) => Deno.utimeSync(`${home}/.aws/${file}`, 0, Date.now() / 1000 + 60),
    },
    {
      name: `a ${file} file of the same time`,
      arrange: ({ home, cache }: World) => {
        Deno.utimeSync(`${home}/.aws/${file}`, 1_000_000_000, 1_000_000_000);
        Deno.utimeSync(`${cache}/env/admin`, 1_000_000_000, 1_000_000_000);
        const other = file === "config" ? "credentials" : "config";
        Deno.utimeSync(`${home}/.aws/${other}`, 900_000_000, 900_000_000);
      },
    },
    {
      name: `a ${file} file that is a link`,
      arrange: ({ home }: World) => {
        Deno.renameSync(`${home}/.aws/${file}`, `${home}/.aws/real`);
        Deno.symlinkSync("real", `${home}/.aws/${file}`);
        makeOld(`${home}/.aws`);
      },
    },
    {
      name: `an old ${file} file moved over the one that was`,
      arrange: ({ home }: World) => {
        Deno.writeTextFileSync(`${home}/old`, "[default]\n");
        makeOld(`${home}/old`);
        Deno.renameSync(`${home}/old`, `${home}/.aws/${file}`);
      },
    },
    {
      name: `a ${file} file that was removed`,
      arrange: ({ home }: World) => Deno.removeSync(`${home}/.aws/${file}`),
    },
  ]),
  {
    name: "a folder of the AWS files that is a link",
    arrange: ({ home }) => {
      Deno.renameSync(`${home}/.aws`, `${home}/work`);
      Deno.symlinkSync("work", `${home}/.aws`);
    },
  },
  ...["~/linked/config", "~/linked//config", "~/linked/./config", "~/linked/../linked/config"].map((path) => ({
    name: `a folder that is a link, in AWS_CONFIG_FILE: ${path}`,
    file: { circumstances: [path] },
    before: { AWS_CONFIG_FILE: path },
    arrange: ({ home }: World) => {
      Deno.symlinkSync(".aws", `${home}/linked`);
      makeOld(home);
    },
  })),
  {
    name: "a link on the way to the folder of the AWS files",
    file: { circumstances: ["~/linked/a/b/config"] },
    before: { AWS_CONFIG_FILE: "~/linked/a/b/config" },
    arrange: ({ home }: World) => {
      Deno.mkdirSync(`${home}/real/a/b`, { recursive: true });
      Deno.writeTextFileSync(`${home}/real/a/b/config`, "");
      for (const path of ["/b/config", "/b", ""]) makeOld(`${home}/real/a${path}`);
      Deno.symlinkSync("real", `${home}/linked`);
    },
  },
  {
    name: "a link for the cache, with a slash behind it",
    before: { AWS_USE_CACHE_DIR: "{folder}/linked/" },
    arrange: linkedCache,
  },
  {
    name: "a cache that is open to others, where the shell can tell",
    arrange: ({ cache }: World) => Deno.chmodSync(cache, 0o755),
    only: (family: Family) => family === "zsh",
  },
  ...["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].flatMap((name, i) => [
    { name: `an empty ${name}`, before: { [name]: "" } },
    {
      name: `a $ in ${name}`,
      file: { circumstances: [...noCircumstances.slice(0, i), "/nonexistent/$HOME/x"] },
      before: { [name]: "/nonexistent/$HOME/x" },
    },
  ]),
  {
    name: "another home",
    before: { HOME: "{folder}/other" },
    arrange: ({ folder }) => awsFilesIn(`${folder}/other`),
  },
  {
    name: "the folder of both AWS files is gone",
    arrange: ({ home }) => Deno.renameSync(`${home}/.aws`, `${home}/elsewhere`),
  },
  {
    name: "both AWS files are gone, and their folder is as old as it was",
    arrange: ({ home }) => {
      for (const file of ["config", "credentials"]) Deno.removeSync(`${home}/.aws/${file}`);
      makeOld(`${home}/.aws`);
    },
  },
  {
    name: "both AWS files are gone, and a folder has the name of one",
    arrange: ({ home }) => {
      for (const file of ["config", "credentials"]) Deno.removeSync(`${home}/.aws/${file}`);
      Deno.mkdirSync(`${home}/.aws/config`);
      for (const path of ["/.aws/config", "/.aws"]) makeOld(`${home}${path}`);
    },
  },
  {
    name: "AWS files that were never there",
    file: { circumstances: ["/nonexistent/config", "/nonexistent/credentials"] },
    before: { AWS_CONFIG_FILE: "/nonexistent/config", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials" },
  },
  ...["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].map((name) => ({
    name: `another ${name}`,
    before: { [name]: "/nonexistent" },
  })),
  ...[
    ...["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
    "AWS_USE_COMPAT",
  ].map((name) => ({ name: `another ${name}`, before: { [name]: "x" } })),
  { name: "a file of a time to come, from a clock that was ahead", file: { writtenAt: "{+60}" } },
  ...["", "x", "-1", "1 ", "x[$(touch pwned)]", "1\t1"].map((writtenAt) => ({
    name: `a file of no time: ${JSON.stringify(writtenAt)}`,
    file: { writtenAt },
  })),
  {
    name: "a config file that depends on where the person is",
    file: { circumstances: ["config"] },
    before: { AWS_CONFIG_FILE: "config" },
  },
  { name: "a cache that depends on where the person is", before: { AWS_USE_CACHE_DIR: "cache" } },
  { name: "less time left than the margin", file: { wire: wireOf("admin", { AWS_USE_EXPIRES_AT: "{+590}" }) } },
  { name: "less time left than the person's margin", before: { AWS_USE_MARGIN: "1h" } },
  { name: "expired credentials", file: { wire: wireOf("admin", { AWS_USE_EXPIRES_AT: "{-5}" }) } },
  { name: "no expiry", file: { wire: ["AWS_USE_PROFILE=admin"] } },
  { name: "another profile inside", file: { wire: wireOf("prod") } },
  { name: "a foreign line inside", file: { wire: [...wireOf("admin"), "PATH=/evil"] } },
  { name: "an empty line inside", file: { wire: ["", ...wireOf("admin")] } },
  { name: "a control character inside", file: { wire: [...wireOf("admin"), "AWS_REGION=\x1b"] } },
  { name: "an expiry that is no number", file: { wire: wireOf("admin", { AWS_USE_EXPIRES_AT: "x[$(touch pwned)]" }) } },
  { name: "an empty file", arrange: ({ cache }) => Deno.truncateSync(`${cache}/env/admin`) },
  {
    name: "a folder in its place",
    arrange: ({ cache }) => {
      Deno.removeSync(`${cache}/env/admin`);
      Deno.mkdirSync(`${cache}/env/admin`);
    },
  },
];

export const switchCases: readonly Case[] = [
  hit,
  ...doubts.map(({ name, file, before, arrange, type = ["admin"], only }): Case => ({
    name: `the core is asked: ${name}`,
    before,
    core: [{ wire: wireOf("asked") }],
    arrange: (world) => {
      cacheOf(world, file);
      arrange?.(world);
    },
    type: [["aws-use", ...type]],
    after: { env: { AWS_USE_PROFILE: "asked", AWS_REGION: null }, calls: [{ argv: type }] },
    only: ({ family }) => only?.(family) ?? true,
  })),
  ...[
    ["{+3570}", "59m"],
    ["{+7230}", "2h"],
    ["{+7530}", "2h05m"],
    ["{+35970}", "9h59m"],
    ["{+36030}", "10h"],
    ["{+43170}", "11h"],
  ].map(([expires, left]): Case => ({
    ...hit,
    name: `a cached switch says the time left: ${left}`,
    arrange: (world) =>
      cacheOf(world, { wire: wireOf("admin", { AWS_USE_IDENTITY: "123456789012", AWS_USE_EXPIRES_AT: expires }) }),
    after: { env: { AWS_USE_PROFILE: "admin" }, stderr: `admin in 123456789012, ${left}\n`, calls: [] },
  })),
  {
    ...hit,
    name: "a cached switch says seconds, and no identity where none is known",
    before: { AWS_USE_MARGIN: "5" },
    arrange: (world) => {
      const wire = wireOf("admin", { AWS_USE_EXPIRES_AT: "{+50}" });
      cacheOf(world, { wire: wire.filter((line) => !line.startsWith("AWS_USE_IDENTITY")) });
    },
    after: { stderr: /^admin, [45]\ds\n$/, calls: [] },
  },
  ...[
    { AWS_USE_CACHE_DIR: "", XDG_RUNTIME_DIR: "{}" },
    { AWS_USE_CACHE_DIR: "", XDG_RUNTIME_DIR: "", XDG_CACHE_HOME: "{}" },
    { AWS_USE_CACHE_DIR: "", XDG_CACHE_HOME: "" },
  ].map((before): Case => ({
    ...hit,
    name: `the cache is found: ${JSON.stringify(before)}`,
    type: [
      ...Object.entries(before).filter(([, value]) => value === "{}").map(([name]) => ({
        zsh: `${name}=$PWD`,
        bash: `${name}=$PWD`,
        fish: `set -g ${name} $PWD`,
      })),
      ["aws-use", "admin"],
    ],
    before: Object.fromEntries(Object.entries(before).filter(([, value]) => value === "")),
    arrange: (world) => {
      const isHome = !("{}" in Object.values(before)) && before.XDG_CACHE_HOME === "";
      if (isHome) Deno.mkdirSync(`${world.home}/.cache`);
      cacheOf({ ...world, cache: isHome ? `${world.home}/.cache/aws-use` : `${world.folder}/aws-use` });
    },
    after: { env: { AWS_USE_PROFILE: "admin" }, stderr: /59m/, calls: [] },
  })),
  {
    ...hit,
    name: "a slash behind the cache's name is none of its business",
    before: { AWS_USE_CACHE_DIR: "{folder}/cache//" },
  },
  {
    ...hit,
    name: "the files may lie deep in the home folder",
    before: { AWS_CONFIG_FILE: "~/.aws/a/b/config" },
    arrange: (world) => {
      cacheOf(world, { circumstances: ["~/.aws/a/b/config"] });
      Deno.mkdirSync(`${world.home}/.aws/a/b`, { recursive: true });
      Deno.writeTextFileSync(`${world.home}/.aws/a/b/config`, "");
      for (const path of ["/a/b/config", "/a/b", "/a", ""]) makeOld(`${world.home}/.aws${path}`);
    },
  },
  {
    ...hit,
    name: "the files are found where AWS_CONFIG_FILE says, a tilde included",
    before: {
      AWS_CONFIG_FILE: "~/.aws/my config",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
      AWS_USE_COMPAT: "aws-vault",
    },
    arrange: (world) => {
      cacheOf(world, { circumstances: ["~/.aws/my config", "/nonexistent", "", "", "", "aws-vault"] });
      Deno.renameSync(`${world.home}/.aws/config`, `${world.home}/.aws/my config`);
      makeOld(`${world.home}/.aws`);
    },
    after: { env: { AWS_USE_PROFILE: "admin" }, stderr: /59m/, calls: [] },
  },
  ...["config", "credentials"].map((file): Case => ({
    ...hit,
    name: `that one of the AWS files is not there is no doubt: ${file}`,
    arrange: (world) => {
      cacheOf(world);
      Deno.removeSync(`${world.home}/.aws/${file}`);
      makeOld(`${world.home}/.aws`);
    },
    after: { env: { AWS_USE_PROFILE: "admin" }, stderr: /59m/, calls: [] },
  })),
  {
    ...hit,
    name: "the file of AWS_CONFIG_FILE, a tilde included, must be older",
    core: [{ wire: wireOf("asked") }],
    before: { AWS_CONFIG_FILE: "~/.aws/my config" },
    arrange: (world) => {
      cacheOf(world, { circumstances: ["~/.aws/my config"] });
      Deno.writeTextFileSync(`${world.home}/.aws/my config`, "");
      Deno.utimeSync(`${world.home}/.aws/my config`, 0, Date.now() / 1000 + 60);
      makeOld(`${world.home}/.aws`);
    },
    after: { env: { AWS_USE_PROFILE: "asked" }, calls: [{ argv: ["admin"] }] },
  },
  {
    ...hit,
    name: "a cached switch, too, is undone by the next and by off, and renewed by its words",
    before: own,
    core: [{ wire: wireOf("prod") }],
    type: [["aws-use", "admin"], ["aws-use", "renew"], ["aws-use", "admin"], ["aws-use", "off"]],
    after: {
      env: { ...own, AWS_DEFAULT_REGION: null, AWS_USE_PROFILE: null },
      stderr: "admin as alice@123456789012, 59m\nadmin as alice@123456789012, 59m\nadmin is off\n",
      calls: [{ argv: ["renew", "--", "admin"], env: own }],
    },
  },
  {
    ...hit,
    name: "a cached switch in a traced shell shows no secret",
    type: [
      { zsh: "set -x", bash: "set -x", fish: "set -g fish_trace 1" },
      ["aws-use", "admin"],
    ],
    after: { stderr: /^(?![^]*(wJalr|token\/of))[^]*59m\n/, calls: [] },
  },
  {
    ...hit,
    name: "a cached switch is counted in the core's list",
    arrange: (world) => {
      cacheOf(world);
      Deno.writeTextFileSync(`${world.cache}/uses`, "prod\n", { mode: 0o600 });
    },
    type: [["aws-use", "admin"], ["aws-use", "admin"], "cat cache/uses"],
    after: { stdout: "prod\nadmin\nadmin\n", stderr: /59m\n.*59m\n$/, calls: [] },
  },
  {
    ...hit,
    name: "a cached switch is not counted through a link, nor where the core has made no list",
    arrange: (world) => {
      cacheOf(world);
      Deno.writeTextFileSync(`${world.folder}/elsewhere`, "");
      Deno.symlinkSync(`${world.folder}/elsewhere`, `${world.cache}/uses`);
    },
    type: [["aws-use", "admin"], "cat elsewhere; rm cache/uses", ["aws-use", "admin"], "ls cache"],
    after: { stdout: "env\n", stderr: /59m\n.*59m\n$/, calls: [] },
  },
];
