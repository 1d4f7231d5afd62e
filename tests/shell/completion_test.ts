import assert from "node:assert/strict";
import { type Flag, reservedVerbs, type Verb, verbs } from "../../src/cli.ts";
import { readConfigTolerant } from "../../src/core/config.ts";
import {
  environment,
  header,
  offered,
  runIn,
  runTraced,
  shells,
  withHome,
  withKeptNames,
  zshSpecifications,
} from "../support/completion.ts";
import { generated, handMade, type Sample } from "../support/config_samples.ts";

function writeProfiles(home: string, names: readonly string[]) {
  return Deno.writeTextFile(`${home}/config`, names.map((name) => `${header(name)}\nregion = x\n`).join("\n"));
}

const sorted = (words: Iterable<string>) => [...words].toSorted();

/** The flags that are offered with the verb or action, with their help; undefined stands for the first word. */
function expectedFlags(verb: Pick<Verb, "flags"> | undefined): Record<string, string> {
  const flags = (verb ?? verbs[0]).flags.map((flag) => [`--${flag.name}`, flag.help]);
  return Object.fromEntries([...flags, ["--help", "this text"], ...verb ? [] : [["--version", "the version"]]]);
}

/** Verbs and actions, with the words that they are. */
const named: readonly (readonly [readonly string[], Pick<Verb, "flags">])[] = verbs.flatMap((verb) => [
  [[verb.name], verb],
  ...Object.entries(verb.actions ?? {}).map(([name, action]) => [[verb.name, name], action] as const),
]);

const isFlag = ([word]: readonly [string, string]) => word.startsWith("--") && word.length > 2;

for (const shell of shells) {
  Deno.test(`${shell}: Tab offers the verbs and flags of cli.ts, with their descriptions where the shell shows one`, () =>
    withHome(async (home) => {
      const env = environment(home);
      const first = await offered(shell, ["aws-use", ""], env);
      const summaries = verbs.map((verb) => [verb.name, shell === "bash" ? "" : verb.summary]);
      assert.deepEqual(Object.fromEntries(first), Object.fromEntries(summaries));
      for (const [names, verb] of [[[], undefined] as const, ...named]) {
        const words = ["aws-use", ...names];
        const flags = shell === "zsh"
          ? [...(await zshSpecifications(words, env)).flags].map(([name, { help }]) => [`--${name}`, help] as const)
            .filter(([name]) => name !== "--h")
          : [...await offered(shell, [...words, "--"], env)].filter(isFlag);
        const expected = Object.entries(expectedFlags(verb)).map((
          [name, help],
        ) => [name, shell === "bash" ? "" : help]);
        assert.deepEqual(Object.fromEntries(flags), Object.fromEntries(expected), words.join(" "));
      }
    }));

  Deno.test(`${shell}: Tab offers the actions of cli.ts with their descriptions, then profiles`, () =>
    withHome(async (home) => {
      const env = environment(home);
      await writeProfiles(home, ["only", "-dash"]);
      for (const { name, actions } of verbs) {
        if (!actions) continue;
        const offers = await offered(shell, ["aws-use", name, ""], env);
        const described = Object.entries(actions).map((
          [action, { summary }],
        ) => [action, shell === "bash" ? "" : summary]);
        for (const [action, summary] of described) assert.equal(offers.get(action), summary, action);
        for (const action of Object.keys(actions)) {
          const profiles = sorted((await offered(shell, ["aws-use", name, action, ""], env)).keys());
          assert.deepEqual(profiles, shell === "fish" ? ["--", "only"] : ["-- -dash", "only"], action);
          const second = sorted((await offered(shell, ["aws-use", name, action, "only", ""], env)).keys());
          // The arguments are counted by _arguments, which is not here.
          if (shell !== "zsh") assert.deepEqual(second, [], action);
        }
      }
    }));
}

/** What Tab offers after the verb and `given` arguments; the second argument of a verb is a profile. */
function expectedArguments(verb: Verb, given: number): readonly string[] {
  const kinds = verb.argument?.split(" ").length ?? 0;
  if (given === 1) return kinds === 2 ? ["only"] : [];
  return verb.completes === "profiles" ? ["only"] : verb.completes ?? [];
}

function expectedValues(flag: Flag): readonly string[] {
  if (flag.choices) return flag.choices;
  if (flag.value === "REGION") return regions;
  return flag.value === "PROFILE" ? ["only"] : [];
}

// Those of <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>, of China and of GovCloud.
const regions = [
  ...["af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"],
  ...["ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"],
  ...["ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1"],
  ...["eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1"],
  ...["me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1"],
  ...["us-gov-west-1", "us-west-1", "us-west-2"],
];

for (const shell of ["bash", "fish"] as const) {
  Deno.test(`${shell}: Tab offers what cli.ts says for arguments and for the values of flags`, () =>
    withHome(async (home) => {
      const env = environment(home);
      await writeProfiles(home, ["only"]);
      const after = async (words: readonly string[]) => sorted((await offered(shell, [...words, ""], env)).keys());
      for (const verb of verbs) {
        const words = ["aws-use", verb.name];
        assert.deepEqual(await after(words), sorted(expectedArguments(verb, 0)), verb.name);
        assert.deepEqual(await after([...words, "--", "x"]), sorted(expectedArguments(verb, 1)), `${verb.name} -- x`);
        for (const flag of verb.flags) {
          // The shells offer files by themselves, which is another test's matter.
          if (flag.value === "FILE") continue;
          const given = [...words, `--${flag.name}`];
          const expected = flag.value ? expectedValues(flag) : expectedArguments(verb, 0);
          assert.deepEqual(await after(given), sorted(expected), given.join(" "));
          if (!flag.value) continue;
          assert.deepEqual(await after([...given, "x"]), sorted(expectedArguments(verb, 0)), `${given.join(" ")} x`);
        }
      }
    }));
}

Deno.test("zsh: _arguments is told what cli.ts says for arguments and for the values of flags", () =>
  withHome(async (home) => {
    const env = environment(home);
    const listed = (words: readonly string[]) => `(${words.join(" ")})`;
    const argumentsOf = (verb: Verb) => {
      if (verb.actions) return ["_aws_use_actions", "_aws_use_argument"];
      if (verb.completes === undefined) return [];
      return [verb.completes === "profiles" ? "_aws_use_argument" : listed(verb.completes)];
    };
    for (const [names, verb] of named) {
      const { flags, argumentActions } = await zshSpecifications(["aws-use", ...names], env);
      assert.deepEqual(
        argumentActions,
        "name" in verb ? argumentsOf(verb as Verb) : ["_aws_use_argument"],
        names.join(" "),
      );
      for (const flag of verb.flags) {
        const given = flags.get(flag.name);
        const special = { PROFILE: "_aws_use_explained", REGION: "_aws_use_regions", FILE: "_files" }[flag.value ?? ""];
        const action = flag.choices ? listed(flag.choices) : special ?? " ";
        assert.equal(given?.action, flag.value && action, `${names.join(" ")} --${flag.name}`);
        assert.equal(given?.repeats, flag.repeats ?? false, `${names.join(" ")} --${flag.name}`);
      }
    }
    assert.deepEqual(sorted((await runIn("zsh", "_aws_use_regions", env)).trim().split("\n")), sorted(regions));
  }));

for (const shell of shells) {
  Deno.test(`${shell}: a profile that a verb hides, now or one day, is offered after "use" alone`, () =>
    withHome(async (home) => {
      const env = environment(home);
      const hidden = [...verbs.map(({ name }) => name), ...reservedVerbs];
      await writeProfiles(home, [...hidden, "plain"]);
      const first = (await offered(shell, ["aws-use", ""], env)).keys();
      assert.deepEqual(sorted(first), sorted([...verbs.map(({ name }) => name), "plain"]));
      assert.deepEqual(
        sorted((await offered(shell, ["aws-use", "use", ""], env)).keys()),
        sorted([...hidden, "plain"]),
      );
    }));
}

// Tab reads lines as AWS's own tools and people write them. White space beyond ASCII's and a lone carriage return are left to
// the core; so the samples are told without them.
function tamed(text: string | null): string | null {
  return text?.replace(/\r(?!\n)/g, "\n").replace(/[\0\v\f\x1c-\x1f\x85\xa0\u2000-\u2029]/g, " ") ?? null;
}

function expectedProfiles({ config, credentials }: Sample): readonly string[] {
  const paths = { configPath: "config", credentialsPath: "credentials" };
  const { profiles } = readConfigTolerant({ configText: config, credentialsText: credentials, ...paths });
  return sorted(profiles.keys()).filter((name) => name !== "" && !/[\x00-\x1f\x7f]/.test(name));
}

for (const shell of shells) {
  Deno.test(`${shell}: Tab offers the profiles that botocore and the core read`, () =>
    withHome(async (home) => {
      const samples = [...Object.values(handMade), ...generated(400), ...moreSamples]
        .map(({ config, credentials }) => ({ config: tamed(config), credentials: tamed(credentials) }));
      for (const [index, sample] of samples.entries()) {
        if (sample.config !== null) await Deno.writeTextFile(`${home}/config${index}`, sample.config);
        if (sample.credentials !== null) await Deno.writeTextFile(`${home}/credentials${index}`, sample.credentials);
      }
      const loops = {
        zsh: `for i in {0..${samples.length - 1}}; do
          AWS_CONFIG_FILE=$HOME/config$i AWS_SHARED_CREDENTIALS_FILE=$HOME/credentials$i
          local -a names=() dashed=() described=() displays=() hidden=()
          _aws_use_read_profiles ''
          print -rl -- $names $dashed; print -r -- ---
        done`,
        bash: `printf() { if [[ $1 == -v ]]; then builtin printf -v "$2" %s "$4"; else builtin printf "$@"; fi; }
        for ((i = 0; i < ${samples.length}; i++)); do
          AWS_CONFIG_FILE=$HOME/config$i AWS_SHARED_CREDENTIALS_FILE=$HOME/credentials$i
          COMP_LINE='aws-use use -- ' COMP_POINT=15
          _aws_use_complete aws-use '' --
          [[ \${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "\${COMPREPLY[@]}"; echo ---
        done`,
        fish: `for i in (seq 0 ${samples.length - 1})
          set -gx AWS_CONFIG_FILE $HOME/config$i; set -gx AWS_SHARED_CREDENTIALS_FILE $HOME/credentials$i
          complete -C 'aws-use use -- '; echo ---
        end`,
      };
      const answers = (await runIn(shell, loops[shell], environment(home))).split("---\n");
      for (const [index, sample] of samples.entries()) {
        const names = answers[index].split("\n").filter((line) => line !== "").map((line) => line.split("\t")[0]);
        assert.deepEqual(sorted(new Set(names)), expectedProfiles(sample), JSON.stringify(sample));
      }
    }));
}

const moreSamples: readonly Sample[] = [
  {
    config: '\n[profile a]\n[profile "a b"]\nx=[1]\n[profile c][d]\n[profile e\n[profile f] # ]',
    credentials: "[g h]\n",
  },
  {
    config: '[profile "q\\"u"]\r\nx = 1\r\n[profile \'s\'"t"]\r\n[profile u\\ v]\r\n[profile "]\r\n',
    credentials: "[]\n[]]",
  },
  {
    // What is indented is a header unless it goes on with a value.
    config:
      "  [profile a]\n    x = 1\n  [profile 'b c']\n\t[profile d\te]\nx = 1\n [profile no]\n# c\n\n  [profile no2]\n[profile f]",
    credentials: "\t[a]\n  x = 1\n  [g] [h]\n   [no]\r\n [i]\r\n \r\n   [j]\r\n",
  },
  {
    config: "\ufeff  [profile a]\nx = [profile no]\n[profile b [c]\n   [profile d]\n",
    credentials: null,
  },
  {
    config: "[profile -a]\n[profile --]\n[profile '-b c']\n[default] # comment\n",
    credentials: "[-d]\n[DEFAULT]\n[-a]",
  },
];

for (const shell of shells) {
  Deno.test(`${shell}: Tab does not stay with a line of megabytes`, () =>
    withHome(async (home) => {
      const env = environment(home);
      const long = "x".repeat(3_000_000);
      const lines = [
        "[default]",
        `a = [${long}`,
        `[profile ${long}]`,
        `[profile '${long}']`,
        `[${long}`,
        "[profile only]\n",
      ];
      await Deno.writeTextFile(`${home}/config`, lines.join("\n"));
      const startedMs = Date.now();
      const names = [...(await offered(shell, ["aws-use", "env", ""], env)).keys()].filter((name) =>
        name.length < 1000
      );
      assert.deepEqual(sorted(names), ["default", "only"]);
      // Linear takes less than a second, the square of it a minute and more.
      assert.ok(Date.now() - startedMs < 15_000, `${Date.now() - startedMs} ms`);
    }));
}

for (const shell of shells) {
  Deno.test(`${shell}: Tab shows nothing of the AWS files in a traced shell`, () =>
    withHome(async (home) => {
      const secret = "wJalrXUtnFEMIexample";
      const sections = ["[plain]", "[work]  # my job", "['odd one']", "[a\\b]", "[last]"]
        .map((header) => `${header}\naws_secret_access_key = ${secret}\n`);
      await Deno.writeTextFile(`${home}/config`, sections.join("").replaceAll("[", "[profile "));
      await Deno.writeTextFile(`${home}/credentials`, sections.join(""));
      const scripts = {
        zsh: "setopt xtrace; candidates aws-use env ''; candidates aws-use env w",
        bash: "set -x; for COMP_LINE in 'aws-use env ' 'aws-use env w'; do COMP_POINT=${#COMP_LINE} " +
          '_aws_use_complete aws-use "${COMP_LINE#aws-use env }" env; done; printf "%s\\n" "${COMPREPLY[@]}"',
        fish: "set -g fish_trace 1; complete -C 'aws-use env '; complete -C 'aws-use env w'",
      };
      const { stdout, stderr } = await runTraced(shell, scripts[shell], environment(home));
      assert.match(stdout, /^work/m);
      assert.ok(stderr.length > 100, "it was traced");
      assert.ok(!stderr.includes(secret), stderr.split("\n").find((line) => line.includes(secret)));
    }));
}

for (const shell of ["zsh", "bash"] as const) {
  Deno.test(`${shell}: the names that the core keeps for Tab are those of the files`, () =>
    withKeptNames(async (env, _home, kept, names) => {
      const lines = ["aws-use use ", "aws-use use -- ", "aws-use "];
      // zsh leaves it to compadd which of them begin as the word does.
      if (shell === "bash") lines.push("aws-use use p29", "aws-use status --explain=p29");
      const offers = () =>
        Promise.all(lines.map(async (line) => sorted((await offered(shell, line.split(" "), env)).keys())));
      const fromKept = await offers();
      await Deno.remove(kept);
      assert.deepEqual(fromKept, await offers());
      assert.ok(fromKept[0].length === names.length && !fromKept[2].includes("keys"), fromKept[2].join());
    }));

  Deno.test(`${shell}: Tab believes the names that the core keeps only while they are of today, and ours`, () =>
    withKeptNames(async (env, home, kept) => {
      const text = (await Deno.readTextFile(kept)).replace("\np0\n", "\nkept\n");
      const { mtime } = await Deno.stat(kept);
      const offersKept = async (env: Record<string, string>) =>
        (await offered(shell, ["aws-use", "use", ""], env)).has("kept");
      const write = async (content: string) => {
        await Deno.writeTextFile(kept, content);
        await Deno.utime(kept, mtime!, mtime!);
      };
      await write(text);
      assert.ok(await offersKept(env));
      const doubts: Record<string, () => Promise<boolean>> = {
        "of another config": () => offersKept({ ...env, AWS_CONFIG_FILE: `${home}/aws/./config` }),
        "of other credentials": () => offersKept({ ...env, AWS_SHARED_CREDENTIALS_FILE: `${home}/none` }),
        "of another home": () => offersKept({ ...env, HOME: "/" }),
        "in no absolute path": () => offersKept({ ...env, AWS_USE_CACHE_DIR: "cache" }),
      };
      for (const path of ["aws/config", "aws/credentials", "aws"]) {
        doubts[`older than ${path}`] = () => whileSo(path, () => offersKept(env));
      }
      doubts["without the AWS files"] = async () => {
        await Deno.rename(`${home}/aws`, `${home}/elsewhere`);
        const answer = await offersKept(env);
        await Deno.rename(`${home}/elsewhere`, `${home}/aws`);
        return answer;
      };
      for (const path of ["cache", "cache/tab", "cache/tab/profiles"]) {
        doubts[`${path} is a link`] = async () => {
          await Deno.rename(`${home}/${path}`, `${home}/elsewhere`);
          await Deno.symlink(`${home}/elsewhere`, `${home}/${path}`);
          const answer = await offersKept(env);
          await Deno.remove(`${home}/${path}`);
          await Deno.rename(`${home}/elsewhere`, `${home}/${path}`);
          return answer;
        };
      }
      const whileSo = async (path: string, ask: () => Promise<boolean>) => {
        const { mtime } = await Deno.stat(`${home}/${path}`);
        await Deno.utime(`${home}/${path}`, new Date(), new Date());
        const answer = await ask();
        await Deno.utime(`${home}/${path}`, mtime!, mtime!);
        return answer;
      };
      const contents = {
        "of a time to come": text.replace(/\t\d+\n/, `\t${Math.floor(Date.now() / 1000) + 3600}\n`),
        "without a time": text.replace(/\t\d+\n/, "\t\n"),
        "with code for a time": text.replace(/\t\d+\n/, "\ta[$(touch pwned)]\n"),
        "with code for a count": text.replace(/\n\d+\n/, "\na[$(touch pwned)]\n"),
        "empty": "",
        "cut short": text.slice(0, text.indexOf("\n") + 1),
      };
      for (const [what, content] of Object.entries(contents)) {
        doubts[what] = async () => {
          await write(content);
          const answer = await offersKept(env);
          await write(text);
          return answer;
        };
      }
      for (const [what, ask] of Object.entries(doubts)) assert.equal(await ask(), false, what);
      assert.ok(await offersKept(env), "all is as it was");
      await assert.rejects(Deno.stat(`${home}/pwned`));
      // What is no name of the core's hand is no word that bash inserts as it is.
      await write(text.replace("\nkept\n", "\n$(touch pwned)\nkept\n"));
      if (shell === "bash") assert.equal(await offersKept(env), false);
    }));
}
