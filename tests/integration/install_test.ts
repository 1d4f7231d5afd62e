import assert from "node:assert/strict";
import {
  isThere,
  type Machine,
  pathWithout,
  startMachine,
  withoutBaseBinary,
  writeDeno,
} from "../support/installer.ts";
import { quietFish } from "../support/quiet_home.ts";
import { openTerminal } from "../support/terminal.ts";

const installSh = new URL("../../install.sh", import.meta.url).pathname;
const hasFish = await isThere("fish");
const hasTmux = await exists("/usr/bin/tmux");
const shells = ["zsh", "bash", "fish"] as const;
const startUpFiles = { zsh: ".zshrc", bash: ".bashrc", fish: ".config/fish/config.fish" } as const;

const installedFiles = [
  "bin/aws-token",
  "bin/aws-use",
  "share/aws-use/aws-use.bash",
  "share/aws-use/aws-use.fish",
  "share/aws-use/aws-use.zsh",
  "share/aws-use/manifest",
  "share/bash-completion/completions/aws-token",
  "share/bash-completion/completions/aws-use",
  "share/fish/vendor_completions.d/aws-token.fish",
  "share/fish/vendor_completions.d/aws-use.fish",
  "share/zsh/site-functions/_aws-use",
];

const filesOf = (tree: Readonly<Record<string, string>>) => Object.keys(tree).filter((path) => !path.endsWith("/"));

for (const [linter, args] of [["dash", ["-n"]], ["shellcheck", []], ["shfmt", ["-d", "-i", "2", "-ci"]]] as const) {
  const ignore = linter === "dash" ? !await exists("/usr/bin/dash") : !await isThere(linter);
  Deno.test({ name: `install.sh passes ${linter}`, ignore }, async () => {
    const command = new Deno.Command(linter, { args: [...args, installSh] });
    const { code, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    assert.deepEqual([code, text.decode(stdout), text.decode(stderr)], [0, "", ""]);
  });
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

Deno.test("install.sh cut off anywhere does nothing", async () => {
  await using machine = await startMachine();
  const lines = (await Deno.readTextFile(installSh)).split("\n");
  for (const share of [0.3, 0.6, 0.99]) {
    const half = lines.slice(0, Math.floor(lines.length * share)).join("\n").replace(/\nmain "\$@"\s*$/, "");
    await Deno.writeTextFile(`${machine.folder}/half.sh`, half);
    await machine.run("sh", [`${machine.folder}/half.sh`]);
    assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [{}, {}]);
  }
});

Deno.test("install.sh refuses what it does not know, and changes nothing", async () => {
  await using machine = await startMachine();
  const refused = [["--frob"], ["--once"], ["--uninstall", "--rc"], ["--prefix"], ["--prefix="], ["--try=tcsh"], [
    "here",
  ]];
  for (const args of [...refused, ["--try", "--uninstall"], ["--try"], ["--prefix", "x", "--try"]]) {
    const { code, stdout, stderr } = await machine.install(args);
    assert.equal(code, 64, args.join(" "));
    assert.match(stderr, /^install\.sh: error: .+\ninstall\.sh: hint: \.\/install\.sh --help\n$/);
    assert.equal(stdout, "");
  }
  assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [{}, {}]);
  const help = await machine.install(["--help"]);
  assert.equal(help.code, 0);
  for (const flag of ["--prefix", "--rc", "--uninstall", "--try", "--once", "--build-only"]) {
    assert.ok(help.stdout.includes(flag));
  }
});

Deno.test("a source file that is missing is named, before anything is made", async () => {
  await using machine = await startMachine();
  const source = `${machine.folder}/source`;
  const needed = ["deno.json", "deno.lock", "src/main.ts", ...shells.map((shell) => `shell/aws-use.${shell}`)]
    .concat(["_aws-use", "aws-use.bash", "aws-use.fish"].map((name) => `completions/${name}`));
  for (const name of ["src", "shell", "completions"]) await Deno.mkdir(`${source}/${name}`, { recursive: true });
  await Deno.copyFile(installSh, `${source}/install.sh`);
  for (const missing of [...needed, "tests/support/try/main.ts"]) {
    const args = missing.startsWith("tests/") ? ["--try", "--once"] : [];
    const { code, stderr } = await machine.run(`${source}/install.sh`, args);
    assert.equal(code, 1);
    const words =
      `install.sh: error: ${source}/${missing} is missing, or not readable\ninstall.sh: hint: get the whole`;
    assert.ok(stderr.startsWith(words), stderr);
    assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [{}, {}]);
    if (!missing.startsWith("tests/")) await Deno.writeTextFile(`${source}/${missing}`, "");
  }
});

Deno.test("install.sh installs below a folder with spaces and quotes, twice the same, and --uninstall leaves nothing", async () => {
  await using machine = await startMachine();
  const prefix = `${machine.folder}/pre fix's "dir"`;
  const first = await machine.install(["--prefix", prefix]);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /^\[1\/4\] .+ s\n\[2\/4\] bundling \.\.\. \d+ s\n\[3\/4\] compiling \.\.\. .*\d+ s\n/);
  const tree = await machine.tree(`pre fix's "dir"`);
  assert.deepEqual(filesOf(tree), installedFiles);
  const source = new URL("../../", import.meta.url);
  for (const shell of shells) {
    const plugin = await Deno.readTextFile(new URL(`shell/aws-use.${shell}`, source));
    assert.equal(tree[`share/aws-use/aws-use.${shell}`], plugin);
  }
  assert.deepEqual(await machine.tree("home"), {}, "no start-up file is edited without --rc");

  const core = await machine.run(`${prefix}/bin/aws-use`, ["--version"]);
  assert.match(core.stdout, /^aws-use \d+\.\d+\.\d+\n$/);
  await Deno.symlink(`${prefix}/bin/aws-token`, `${machine.folder}/a code`);
  const token = await machine.run(`${machine.folder}/a code`, ["--help"]);
  const same = await machine.run(`${prefix}/bin/aws-use`, ["token", "--help"]);
  assert.ok(token.stdout !== "");
  assert.deepEqual(token, same);

  const second = await machine.install([`--prefix=${prefix}/`]);
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(await machine.tree(`pre fix's "dir"`), tree);

  const removed = await machine.install(["--uninstall", "--prefix", prefix]);
  assert.equal(removed.code, 0, removed.stderr);
  assert.equal(await exists(prefix), false);
  assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [{}, {}]);
  const again = await machine.install(["--uninstall", "--prefix", prefix]);
  assert.deepEqual([again.code, again.stderr], [0, `aws-use is not installed in ${prefix}: nothing to do\n`]);
});

/** A name as the cache's files have it. */
const hash = "0123456789abcdef".repeat(4);

Deno.test("--uninstall clears the cached credentials, says so, and leaves what others have put beside ours", async () => {
  await using machine = await startMachine();
  const prefix = `${machine.home}/.local`;
  assert.equal((await machine.install([])).code, 0);
  const cache = `${machine.folder}/cache`;
  await Deno.mkdir(`${cache}/roles`, { recursive: true, mode: 0o700 });
  await Deno.chmod(cache, 0o700);
  await Deno.writeTextFile(`${cache}/roles/${hash}`, "{}", { mode: 0o600 });
  for (const folder of ["windows", "locks"]) await Deno.mkdir(`${cache}/${folder}`, { mode: 0o700 });
  const locks = [`locks/mfa-${hash}`, `locks/${hash}`, "locks/config", "locks/write"];
  for (const file of [...locks, `windows/~${hash}`]) await Deno.writeTextFile(`${cache}/${file}`, "", { mode: 0o600 });
  await Deno.writeTextFile(`${cache}/windows/${hash}`, "59000000 arn:x\n0a\n", { mode: 0o600 });
  await Deno.writeTextFile(`${cache}/locks/ykman`, "4711 89\n", { mode: 0o600 });
  for (const file of ["uses", "theirs"]) await Deno.writeTextFile(`${cache}/${file}`, "", { mode: 0o600 });
  const others = `${prefix}/share/zsh/site-functions/_other`;
  await Deno.writeTextFile(others, "#compdef other\n");
  const { code, stderr } = await machine.install(["--uninstall"], { AWS_USE_CACHE_DIR: cache });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /cached credentials are cleared\n/);
  assert.match(stderr, /aws-use is removed from .*\/\.local; open shells keep its functions until they end\n$/);
  assert.deepEqual([...Deno.readDirSync(cache)].map(({ name }) => name).sort(), ["theirs", "uses"]);
  assert.deepEqual(filesOf(await machine.tree("home")), [".local/share/zsh/site-functions/_other"]);
});

Deno.test("--uninstall takes from a HOME that was named as the cache nothing but what aws-use has made", async () => {
  await using machine = await startMachine();
  assert.equal((await machine.install([])).code, 0);
  await Deno.chmod(machine.home, 0o700);
  const theirs = [
    ...["windows/me/doc.txt", "windows/notes", `windows/${hash}`, "locks/d/k", "locks/l", "locks/config"],
    ...["env/pyvenv.cfg", "env/bin/python", "env/admin", "roles/cook", "sessions/one", "tab/profiles", "devices/phone"],
    ...["uses", "~uses.txt"],
  ];
  for (const file of theirs) {
    const path = `${machine.home}/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(path, "home = /usr/bin\n", { mode: 0o600 });
  }
  await Deno.symlink("windows", `${machine.home}/env/lib64`);
  const role = `${machine.home}/roles/${hash}`;
  await Deno.writeTextFile(role, "{}", { mode: 0o600 });
  const { code, stderr } = await machine.install(["--uninstall"], { AWS_USE_CACHE_DIR: machine.home });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /cached credentials are cleared\n/);
  const left = Object.keys(await machine.tree("home")).filter((path) => !path.endsWith("/"));
  assert.deepEqual(left, [...theirs, "env/lib64"].sort());
});

Deno.test("--uninstall that cannot clear the cache goes on, names the folder, and ends with 1", async () => {
  await using machine = await startMachine();
  assert.equal((await machine.install([])).code, 0);
  const root = `${machine.home}/.cache/aws-use`;
  await Deno.mkdir(`${root}/roles`, { recursive: true, mode: 0o700 });
  for (const [path, mode] of [[root, 0o700], [`${root}/roles`, 0o755]] as const) await Deno.chmod(path, mode);
  const { code, stderr } = await machine.install(["--uninstall"]);
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /could not be cleared; they expire by themselves\ninstall\.sh: hint: rm -r ~\/\.cache\/aws-use\n/,
  );
  assert.equal(await exists(`${machine.home}/.local/bin/aws-use`), false);
  // A folder that holds the person's own things too is none to remove.
  assert.equal((await machine.install([])).code, 0);
  const named = await machine.install(["--uninstall"], { AWS_USE_CACHE_DIR: root });
  assert.equal(named.code, 1);
  assert.doesNotMatch(named.stderr, /rm -r/);
});

Deno.test("--uninstall leaves no folder of the cache that nobody has named", async () => {
  await using machine = await startMachine();
  assert.equal((await machine.install([])).code, 0);
  await Deno.mkdir(`${machine.home}/.cache/aws-use/locks`, { recursive: true, mode: 0o700 });
  await Deno.chmod(`${machine.home}/.cache/aws-use`, 0o700);
  await Deno.writeTextFile(`${machine.home}/.cache/aws-use/locks/${hash}`, "", { mode: 0o600 });
  await Deno.writeTextFile(`${machine.home}/.cache/aws-use/uses`, "admin\n", { mode: 0o600 });
  const { code, stderr } = await machine.install(["--uninstall"]);
  assert.equal(code, 0, stderr);
  assert.equal(await exists(`${machine.home}/.cache/aws-use`), false);
});

Deno.test("--rc adds its block once, replaces one of another folder, keeps link and mode, and --uninstall takes it out", async () => {
  await using machine = await startMachine();
  const { home } = machine;
  await Deno.mkdir(`${home}/dotfiles`);
  await Deno.writeTextFile(`${home}/dotfiles/zshrc`, "# mine\nalias ll='ls -l'\n", { mode: 0o600 });
  await Deno.symlink("dotfiles/zshrc", `${home}/.zshrc`);
  await Deno.writeTextFile(`${home}/.bashrc`, "# mine too\n");
  const before = await machine.tree("home");

  const first = await machine.install(["--rc"]);
  assert.equal(first.code, 0, first.stderr);
  const zshrc = await Deno.readTextFile(`${home}/.zshrc`);
  assert.equal(
    zshrc,
    `# mine
alias ll='ls -l'
# >>> aws-use >>>
fpath=(~/.local/share/zsh/site-functions "\${fpath[@]}")
source ~/.local/share/aws-use/aws-use.zsh
_aws_use_compinit() {
  emulate -L zsh
  precmd_functions=("\${(@)precmd_functions:#_aws_use_compinit}")
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
  _aws_use_complete
}
precmd_functions+=(_aws_use_compinit)
# <<< aws-use <<<
`,
  );
  assert.equal((await Deno.lstat(`${home}/.zshrc`)).isSymlink, true);
  assert.equal((await Deno.stat(`${home}/.zshrc`)).mode! & 0o777, 0o600);
  assert.equal(await exists(`${home}/.config/fish/config.fish`), hasFish);
  const after = await machine.tree("home");
  assert.equal((await machine.install(["--rc"])).code, 0);
  assert.deepEqual(await machine.tree("home"), after);

  const elsewhere = `${machine.folder}/else where`;
  assert.equal((await machine.install(["--rc", "--prefix", elsewhere])).code, 0);
  const moved = await Deno.readTextFile(`${home}/.zshrc`);
  assert.equal(moved.split(">>> aws-use >>>").length, 2);
  assert.ok(moved.includes(`source '${elsewhere}/share/aws-use/aws-use.zsh'`));

  assert.equal((await machine.install(["--uninstall", "--prefix", elsewhere])).code, 0);
  assert.equal((await machine.install(["--uninstall"])).code, 0);
  assert.deepEqual(await machine.tree("home"), before);
});

for (const shell of shells) {
  Deno.test({
    name: `what --rc writes loads the plugin in ${shell}, quotes and spaces included`,
    ignore: !await isThere(shell),
  }, async () => {
    await using machine = await startMachine();
    const prefix = `${machine.home}/it's a $(touch gone) \\ folder`;
    const installed = await machine.install(["--rc", "--prefix", prefix]);
    assert.equal(installed.code, 0, installed.stderr);
    const { code, stdout, stderr } = await machine.run(shell, [
      ...{ zsh: ["-f"], bash: ["--norc"], fish: ["--no-config"] }[shell] ?? [],
      "-c",
      `source ~/${startUpFiles[shell]}; aws-use --version`,
    ], { AWS_USE_DENO: "" });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^aws-use \d/);
    assert.equal(await exists(`${machine.home}/gone`), false);
  });
}

const bashCompletion = "/usr/share/bash-completion/bash_completion";
const zshCompletion = "autoload -Uz compinit && compinit -u\n";
const surroundings = [
  { shell: "zsh", before: "", after: zshCompletion },
  { shell: "zsh", before: zshCompletion, after: "" },
  { shell: "zsh", before: "", after: "" },
  { shell: "zsh", before: "setopt ksh_arrays sh_word_split no_unset\n", after: "" },
  { shell: "bash", before: `source ${bashCompletion}\n`, after: "" },
  { shell: "bash", before: "", after: `source ${bashCompletion}\n` },
  { shell: "bash", before: "", after: "" },
  { shell: "fish", before: "set fish_greeting\n", after: "" },
] as const;

for (const shell of shells) {
  for (const folder of [".local", "pre fix"]) {
    Deno.test({
      name: `Tab completes in ${shell} by what --rc writes, wherever it stands, with ~/${folder}`,
      ignore: !await isThere(shell) || !hasTmux || (shell === "bash" && !await exists(bashCompletion)),
    }, async () => {
      await using machine = await startMachine();
      const { home } = machine;
      const installed = await machine.install(["--rc", "--prefix", `${home}/${folder}`]);
      assert.equal(installed.code, 0, installed.stderr);
      const start = `${home}/${startUpFiles[shell]}`;
      const block = await Deno.readTextFile(start);
      if (shell === "fish") await quietFish(home);
      for (const { before, after } of surroundings.filter((each) => each.shell === shell)) {
        await Deno.writeTextFile(start, `${before}${block}${after}`);
        await Deno.remove(`${home}/.zcompdump`).catch(() => {});
        const command = { zsh: ["zsh", "-d"], bash: ["bash"], fish: ["fish"] }[shell] ?? [];
        await using terminal = await openTerminal(command, { env: machine.env, cwd: home });
        await terminal.waitFor(/[#$%>]$/);
        for (const [typed, completed] of [["aws-use sta", "aws-use status"], ["aws-token --cop", "aws-token --copy"]]) {
          await terminal.type(typed);
          await terminal.press("Tab");
          await terminal.type("|");
          await terminal.waitFor(new RegExp(`${completed} ?\\|`));
          await terminal.press("C-u");
        }
      }
    });
  }
}

for (const shell of ["bash", "fish"] as const) {
  Deno.test({
    name: `the first Tab after aws-token completes in ${shell}, which looks for a file of that name`,
    ignore: !await isThere(shell) || !hasTmux || (shell === "bash" && !await exists(bashCompletion)),
  }, async () => {
    await using machine = await startMachine();
    const { home } = machine;
    assert.equal((await machine.install([])).code, 0);
    await quietFish(home);
    await Deno.mkdir(`${home}/.config/fish`, { recursive: true });
    const lines = { bash: `source ${bashCompletion}\n`, fish: "set fish_greeting\n" }[shell];
    await Deno.writeTextFile(`${home}/${startUpFiles[shell]}`, lines);
    const env = { ...machine.env, PATH: `${home}/.local/bin:${machine.env.PATH}` };
    await using terminal = await openTerminal([shell], { env, cwd: home });
    await terminal.waitFor(/[#$%>]$/);
    await terminal.type("aws-token --cop");
    await terminal.press("Tab");
    await terminal.type("|");
    await terminal.waitFor(/aws-token --copy ?\|/);
  });
}

const [blockStart, blockEnd] = ["# >>> aws-use >>>", "# <<< aws-use <<<"];
const halfBlocks = {
  "without an end": [blockStart, "source old", "alias mine=1"],
  "with a second start before the end": [blockStart, "alias mine=1", blockStart, "source old", blockEnd],
} as const;

for (const [kind, lines] of Object.entries(halfBlocks)) {
  Deno.test(`a block ${kind} in a start-up file is named, and nothing is changed`, async () => {
    await using machine = await startMachine();
    const text = [...lines, ""].join("\n");
    await Deno.writeTextFile(`${machine.home}/.bashrc`, text);
    const { code, stderr } = await machine.install(["--rc"]);
    assert.equal(code, 1);
    assert.match(stderr, /error: .*\/\.bashrc has half a block of aws-use\n/);
    assert.deepEqual(await machine.tree("home"), { ".bashrc": text });
  });

  Deno.test(`--uninstall leaves a block ${kind} to the person`, async () => {
    await using machine = await startMachine();
    await Deno.writeTextFile(`${machine.home}/.bashrc`, "# mine\n");
    assert.equal((await machine.install(["--rc"])).code, 0);
    const text = [...lines, ""].join("\n");
    await Deno.writeTextFile(`${machine.home}/.bashrc`, text);
    const { code, stderr } = await machine.install(["--uninstall"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: .*\/\.bashrc has half a block of aws-use; edit it by hand\n/);
    const left = { ".bashrc": text, ".bashrc.before-aws-use": "# mine\n" };
    assert.deepEqual(await machine.tree("home"), left);
  });
}

Deno.test("lines that a person has added to the block stay, and so does the copy of a file that they have changed", async () => {
  await using machine = await startMachine();
  const bashrc = `${machine.home}/.bashrc`;
  await Deno.writeTextFile(bashrc, "# mine, without a line break");
  assert.equal((await machine.install(["--rc"])).code, 0);
  const installed = await Deno.readTextFile(bashrc);
  await Deno.writeTextFile(bashrc, installed.replace(blockEnd, `source ~/mine\nalias mine=1\n${blockEnd}`));
  assert.equal((await machine.install(["--rc"])).code, 0);
  const block = installed.slice(installed.indexOf(blockStart));
  const own = "# mine, without a line break\nsource ~/mine\nalias mine=1\n";
  assert.equal(await Deno.readTextFile(bashrc), own + block);

  const { code, stderr } = await machine.install(["--uninstall"]);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /\.bashrc has been changed otherwise too since aws-use was added, so the copy of before stays: .*\.bashrc\.before-aws-use\n/,
  );
  const left = { ".bashrc": own, ".bashrc.before-aws-use": "# mine, without a line break" };
  assert.deepEqual(await machine.tree("home"), left);
});

Deno.test("--uninstall leaves the block of another prefix, and that one's takes it out", async () => {
  await using machine = await startMachine();
  const { home } = machine;
  await Deno.writeTextFile(`${home}/.zshrc`, "# mine\n");
  const [first, second] = [`${home}/.local`, `${home}/it's another`];
  assert.equal((await machine.install(["--rc"])).code, 0);
  assert.equal((await machine.install(["--rc", "--prefix", second])).code, 0);
  const before = await Deno.readTextFile(`${home}/.zshrc`);
  const { code, stderr } = await machine.install(["--uninstall"]);
  assert.equal(code, 0, stderr);
  assert.ok(stderr.includes(`${home}/.zshrc loads another installation of aws-use: its lines stay\n`), stderr);
  assert.equal(await exists(`${first}/bin`), false);
  assert.equal(await Deno.readTextFile(`${home}/.zshrc`), before);
  assert.equal((await machine.install(["--uninstall", "--prefix", second])).code, 0);
  assert.equal(await Deno.readTextFile(`${home}/.zshrc`), "# mine\n");
  assert.equal(await exists(`${home}/.zshrc.before-aws-use`), false);
});

Deno.test("the last lines say what to add or what was added, where the copy is, and what puts the programs on PATH", async () => {
  await using machine = await startMachine();
  const { home } = machine;
  await Deno.writeTextFile(`${home}/.zshrc`, "# mine\n");
  const printed = await machine.install([]);
  const zshLines = [
    `zsh: add to ${home}/.zshrc:`,
    '  fpath=(~/.local/share/zsh/site-functions "${fpath[@]}")',
    "  source ~/.local/share/aws-use/aws-use.zsh",
  ];
  assert.ok(printed.stdout.includes(zshLines.join("\n")), printed.stdout);
  assert.ok(printed.stdout.includes("a copy kept of each file that changes: ./install.sh --rc\n"), printed.stdout);
  assert.ok(printed.stdout.includes('\n  zsh, bash: export PATH=~/.local/bin:"$PATH"\n'), printed.stdout);
  if (hasFish) assert.ok(printed.stdout.endsWith("\n  fish: fish_add_path ~/.local/bin\n"), printed.stdout);

  const added = await machine.install(["--rc"], { PATH: `${home}/.local/bin:${machine.env.PATH}` });
  const words =
    `zsh: ${home}/.zshrc loads it; as it was before: ${home}/.zshrc.before-aws-use. Open a new shell, or type:`;
  assert.ok(added.stdout.includes(words), added.stdout);
  assert.doesNotMatch(added.stdout, /install\.sh --rc|export PATH/);

  // Another folder: its lines are not in the file yet.
  const elsewhere = await machine.install(["--prefix", `${home}/else where`]);
  assert.ok(elsewhere.stdout.includes(`zsh: add to ${home}/.zshrc:\n`), elsewhere.stdout);
  assert.ok(elsewhere.stdout.includes(`./install.sh --rc --prefix '${home}/else where'\n`), elsewhere.stdout);
  assert.ok(elsewhere.stdout.includes(`export PATH='${home}/else where/bin':"$PATH"\n`), elsewhere.stdout);
});

Deno.test("--rc replaces what an earlier version has put into the block, and keeps what the person has", async () => {
  await using machine = await startMachine();
  const zshrc = `${machine.home}/.zshrc`;
  const source = "source ~/.local/share/aws-use/aws-use.zsh";
  const earlier = [blockStart, "fpath=(~/.local/share/zsh/site-functions $fpath)", source, "alias mine=1", blockEnd];
  await Deno.writeTextFile(zshrc, [...earlier, ""].join("\n"));
  assert.equal((await machine.install(["--rc"])).code, 0);
  const text = await Deno.readTextFile(zshrc);
  assert.ok(
    text.startsWith(`alias mine=1\n${blockStart}\nfpath=(~/.local/share/zsh/site-functions "\${fpath[@]}")\n`),
    text,
  );
  assert.equal(text.split("site-functions").length, 2);
  assert.equal(text.split(source).length, 2);
});

Deno.test("a copy of a start-up file that the person made is theirs", async () => {
  await using machine = await startMachine();
  const files = { ".bashrc": "# mine\n", ".bashrc.before-aws-use": "# mine\n" };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${machine.home}/${name}`, text);
  assert.equal((await machine.install(["--rc"])).code, 0);
  assert.equal((await machine.install(["--uninstall"])).code, 0);
  assert.deepEqual(await machine.tree("home"), files);
});

Deno.test("a start-up file that is no file is refused before anything is changed", async () => {
  await using machine = await startMachine();
  await Deno.mkdir(`${machine.home}/.bashrc`);
  const { code, stderr } = await machine.install(["--rc"]);
  assert.equal(code, 1);
  assert.match(stderr, /error: .*\/\.bashrc is no file\n/);
  assert.deepEqual(await machine.tree("home"), { ".bashrc/": "" });
});

Deno.test("relative paths in the environment and in --prefix mean the folder that install.sh was called in", async () => {
  await using machine = await startMachine();
  const { home } = machine;
  await Deno.mkdir(`${home}/t m p`);
  await writeDeno(`${home}/deno`, "");
  await Deno.symlink(Deno.env.get("DENORT_BIN") ?? "/nowhere", `${home}/denort`);
  const env = {
    TMPDIR: "t m p",
    AWS_USE_DENO: "./deno",
    DENORT_BIN: Deno.env.has("DENORT_BIN") ? "denort" : "",
  };
  const { code, stderr } = await machine.install(["--prefix", "local"], env);
  assert.equal(code, 0, stderr);
  const core = await machine.run(`${home}/local/bin/aws-use`, ["--version"]);
  assert.match(core.stdout, /^aws-use \d/);
  const removed = await machine.install(["--uninstall", "--prefix", "local"], env);
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(Object.keys(await machine.tree("home")), ["deno", "denort", "t m p/"]);
  const lost = await machine.install([], { TMPDIR: "none" });
  assert.equal(lost.code, 1);
  assert.ok(lost.stderr.includes(`error: cannot write into TMPDIR="${home}/none"\n`), lost.stderr);
});

Deno.test("no link in the folder is written through, neither under a name that was foreseeable nor at a file's own", async () => {
  await using machine = await startMachine();
  const victim = `${machine.folder}/victim`;
  await Deno.writeTextFile(victim, "mine\n");
  const { home } = machine;
  await Deno.writeTextFile(`${home}/.bashrc`, "# mine\n");
  await Deno.mkdir(`${home}/.local/bin`, { recursive: true });
  await Deno.mkdir(`${home}/.local/share/aws-use`, { recursive: true });
  const foreseeable = [".local/bin/aws-use.aws-use-new", ".local/share/aws-use/manifest.new", ".bashrc.aws-use-new"];
  const own = [".local/bin/aws-token", ".local/share/aws-use/manifest"];
  for (const path of [...foreseeable, ...own]) await Deno.symlink(victim, `${home}/${path}`);
  // A link to what is not there is no copy either.
  await Deno.symlink(`${machine.folder}/made`, `${home}/.bashrc.before-aws-use`);
  const { code, stderr } = await machine.install(["--rc"]);
  assert.equal(code, 0, stderr);
  assert.equal(await Deno.readTextFile(victim), "mine\n");
  assert.equal((await Deno.stat(victim)).mode! & 0o111, 0);
  assert.equal(await exists(`${machine.folder}/made`), false);
  const tree = await machine.tree("home");
  for (const path of foreseeable) assert.equal(tree[path], `-> ${victim}`);
  assert.match(tree[own[0]], /^#!\/bin\/sh\nexec /);
  assert.match(tree[own[1]], /^directory /);
  assert.equal(tree[".bashrc.before-aws-use"], "# mine\n");
});

for (const path of ["bin/aws-use", "share/aws-use/aws-use.fish", "share/aws-use/manifest"]) {
  Deno.test(`a folder in the place of ${path} is refused before anything is changed`, async () => {
    await using machine = await startMachine();
    const prefix = `${machine.home}/.local`;
    await Deno.mkdir(`${prefix}/${path}`, { recursive: true });
    await Deno.mkdir(`${prefix}/bin`, { recursive: true });
    await Deno.writeTextFile(`${prefix}/bin/aws-token`, "of another program\n");
    const before = await machine.tree("home");
    const { code, stderr } = await machine.install([]);
    assert.equal(code, 1);
    assert.ok(stderr.includes(`error: ${prefix}/${path} is a folder, where a file of aws-use belongs\n`), stderr);
    assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [before, {}]);
  });
}

for (
  const [part, words] of [["bundle", "the core could not be bundled"], ["compile", "the core could not be compiled"]]
) {
  Deno.test(`a build that fails in deno ${part} leaves the former installation as it was`, async () => {
    await using machine = await startMachine();
    assert.equal((await machine.install([])).code, 0);
    const before = await machine.tree("home");
    const script = `case $1 in ${part}) echo 'disk full, or so' >&2; exit 1;; esac`;
    const deno = await writeDeno(`${machine.folder}/deno`, script);
    const { code, stderr } = await machine.install([], { AWS_USE_DENO: deno });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`    disk full, or so\\ninstall\\.sh: error: ${words}\\ninstall\\.sh: hint: `));
    assert.deepEqual([await machine.tree("home"), await machine.tree("tmp")], [before, {}]);
  });
}

Deno.test("a core that does not start is not installed", async () => {
  await using machine = await startMachine();
  const script = `case $1 in compile) printf '#!/bin/sh\\nexit 3\\n' > ../aws-use; chmod 755 ../aws-use; exit 0;; esac`;
  const deno = await writeDeno(`${machine.folder}/deno`, script);
  const { code, stderr } = await machine.install([], { AWS_USE_DENO: deno });
  assert.equal(code, 1);
  assert.match(stderr, /error: the core that was built does not start\n/);
  assert.deepEqual(await machine.tree("home"), {});
});

Deno.test("without a base binary a launcher is installed, said clearly; a later compiled core takes its place", async () => {
  await using machine = await startMachine();
  const deno = await writeDeno(`${machine.folder}/de no`, withoutBaseBinary);
  const first = await machine.install([], { AWS_USE_DENO: deno, DENORT_BIN: "" });
  assert.equal(first.code, 0, first.stderr);
  assert.match(
    first.stderr,
    /compiling \.\.\. not possible: the base binary of deno compile cannot be downloaded here, \d+ s\n/,
  );
  assert.match(
    first.stderr,
    /A launcher that runs the bundle with Deno takes its place: everything works, each call a little slower\./,
  );
  const launcher = `${machine.home}/.local/bin/aws-use`;
  // What stands in the folders above must not matter to Deno.
  for (const name of ["deno.json", "package.json"]) await Deno.writeTextFile(`${machine.home}/${name}`, "{ broken");
  const core = await machine.run(launcher, ["--version"]);
  assert.match(core.stdout, /^aws-use \d/);
  const odd = await machine.run(launcher, ["env", "--format", "sh", "--", "--help me"]);
  assert.deepEqual([odd.code, odd.stderr.includes('"--help me"')], [78, true], odd.stderr);
  for (const name of ["deno.json", "package.json"]) await Deno.remove(`${machine.home}/${name}`);

  const second = await machine.install([]);
  assert.equal(second.code, 0, second.stderr);
  const files = filesOf(await machine.tree("home/.local"));
  assert.deepEqual(files, installedFiles);
  assert.equal((await machine.install(["--uninstall"])).code, 0);
  assert.deepEqual(filesOf(await machine.tree("home")), []);
});

Deno.test("an empty DENORT_BIN is none at all", async () => {
  await using machine = await startMachine();
  const script = `[ -z "\${DENORT_BIN+set}" ] || exit 3\n${withoutBaseBinary}`;
  const deno = await writeDeno(`${machine.folder}/deno`, script);
  const args = ["-u", "DENORT_BIN", "DENORT_BIN=", installSh];
  const { code, stderr } = await machine.run("env", args, { AWS_USE_DENO: deno });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /A launcher that runs the bundle with Deno takes its place/);
});

Deno.test("a DENORT_BIN that is none is an error, not a reason for the launcher, and Deno's reason is told alone", async () => {
  await using machine = await startMachine();
  const none = `${machine.folder}/none`;
  const { code, stderr } = await machine.install([], { DENORT_BIN: none, RUST_BACKTRACE: "1" });
  assert.equal(code, 1);
  const told = stderr.slice(stderr.indexOf("compiling ... \n")).split("\n").slice(1).map((line) =>
    line.replace(/'.*\/aws-use\.tmp-.*'/, "…")
  );
  assert.deepEqual(told, [
    "    error: Writing deno compile executable to temporary file …",
    "    Caused by:",
    `        0: Could not find denort at '${none}'`,
    "        1: No such file or directory (os error 2)",
    "install.sh: error: the core could not be compiled",
    "install.sh: hint: what Deno says is above",
    "",
  ]);
  assert.deepEqual(await machine.tree("home"), {});
});

Deno.test("an AWS_USE_DENO that is too old or none is refused by name", async () => {
  await using machine = await startMachine();
  const old = `${machine.folder}/old`;
  await Deno.writeTextFile(old, "#!/bin/sh\necho 'deno 2.6.9 (stable)'\n", { mode: 0o755 });
  for (const deno of [old, `${machine.folder}/none`]) {
    const { code, stderr } = await machine.install([], { AWS_USE_DENO: deno });
    assert.equal(code, 1);
    assert.ok(stderr.includes(`error: AWS_USE_DENO="${deno}" is no Deno of version 2.7 or newer`), stderr);
  }
});

for (const [way, program] of [["npm", "npm"], ["pip", "python3"]]) {
  Deno.test({ name: `--deno brings Deno by ${way} where there is none`, ignore: !await isThere(program) }, async () => {
    await using machine = await startMachine();
    const without = way === "npm" ? ["deno"] : ["deno", "npm", "npx"];
    const path = await pathWithout(`${machine.folder}/bin`, without);
    const variables = { PATH: path, AWS_USE_DENO: "", DENO_DIR: "" };
    const { code, stdout, stderr } = await machine.install(["--deno"], variables);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`none found, bringing it by ${way} \\.\\.\\. 2\\.7\\.11 `));
    const said = await machine.run(stdout.trim(), ["--version"]);
    assert.match(said.stdout, /^deno 2\.7\.11 /);
    const kept = await machine.install(["--deno"], variables);
    assert.deepEqual([kept.stdout, kept.stderr.includes("none found")], [stdout, false]);
    assert.deepEqual(await machine.tree("tmp"), {});
  });
}

/** A PATH without Deno, where npm brings one: a program that calls the one that runs the tests. */
async function npmBringsDeno(machine: Machine) {
  const path = await pathWithout(`${machine.folder}/bin`, ["deno", "npm", "npx"]);
  const deno = await writeDeno(`${machine.folder}/brought`, "");
  const npm = `#!/bin/sh\nmkdir -p "$3/bin" && cp '${deno}' "$3/bin/deno"\n`;
  await Deno.writeTextFile(`${path}/npm`, npm, { mode: 0o755 });
  return { PATH: path, AWS_USE_DENO: "" };
}

Deno.test("--uninstall removes the Deno that was brought for its prefix, an earlier run of the same included", async () => {
  await using machine = await startMachine();
  const env = await npmBringsDeno(machine);
  const first = await machine.install([], env);
  assert.match(first.stderr, /none found, bringing it by npm/);
  assert.equal((await machine.install([], env)).code, 0);
  const elsewhere = ["--prefix", `${machine.home}/else where`];
  assert.equal((await machine.install(elsewhere, env)).code, 0);
  assert.equal((await machine.install(["--uninstall", ...elsewhere], env)).code, 0);
  const brought = `${machine.home}/.cache/aws-use-build/deno-2.7.11/deno`;
  assert.equal(await exists(brought), true, "it was brought for another prefix");
  assert.equal((await machine.install(["--uninstall"], env)).code, 0);
  assert.deepEqual(await machine.tree("home"), {});
});

Deno.test("--uninstall leaves a Deno that --deno has brought", async () => {
  await using machine = await startMachine();
  const env = await npmBringsDeno(machine);
  assert.equal((await machine.install(["--deno"], env)).code, 0);
  const before = await machine.tree("home");
  assert.deepEqual(filesOf(before), [".cache/aws-use-build/deno-2.7.11/deno"]);
  assert.equal((await machine.install([], env)).code, 0);
  assert.equal((await machine.install(["--uninstall"], env)).code, 0);
  assert.deepEqual(await machine.tree("home"), before);
});

Deno.test("--build-only builds again only when something has changed", async () => {
  await using machine = await startMachine();
  const program = new URL("../../build/aws-use", import.meta.url);
  assert.equal((await machine.install(["--build-only"])).code, 0);
  const before = await Deno.stat(program);
  const { code, stderr } = await machine.install(["--build-only"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual((await Deno.stat(program)).mtime, before.mtime);
});
