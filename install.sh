#!/bin/sh
# Builds aws-use out of this folder and installs it; ./install.sh --help tells the rest.
# Everything is in functions and main is called on the last line, so that half a file does nothing.
set -eu

# The version that everything was tried with; any newer Deno that is already there serves too.
pinned=2.7.11
block_start='# >>> aws-use >>>'
block_end='# <<< aws-use <<<'

usage() {
  cat <<'END'
Usage: ./install.sh [--prefix DIR] [--rc]    build and install aws-use into DIR (default ~/.local)
       ./install.sh --uninstall [--prefix DIR]
                                             clear cached credentials and remove what was installed
       ./install.sh --try[=zsh|bash|fish]    a shell with aws-use, a made-up AWS and a made-up YubiKey; leaves nothing
       ./install.sh --try[=…] --once         the same without a terminal, in every shell there is or in that one
       ./install.sh --build-only             build/aws-use in this folder, for development
       ./install.sh --deno                   print the path of Deno 2.7.11, bringing it where there is none

  --rc      add the lines for each shell to its start-up file, once, and keep a copy of the file beside it
            (.zshrc.before-aws-use); else the lines are only printed
  --help    this text

Environment: AWS_USE_DENO (the Deno to use), DENORT_BIN (base binary for deno compile), DENO_DIR, TMPDIR.
END
}

main() {
  here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
  read_arguments "$@"
  case $action in install | try | build) need_sources ;; esac
  export DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-system,mozilla}" DENO_NO_UPDATE_CHECK=1
  # Else Deno shows where in itself something failed.
  unset RUST_BACKTRACE RUST_LIB_BACKTRACE
  # Commands run in other folders too, and there a relative path leads elsewhere.
  TMPDIR=$(absolute "${TMPDIR:-/tmp}")
  # deno compile takes an empty one for a file without a name.
  if [ -n "${DENORT_BIN:-}" ]; then DENORT_BIN=$(absolute "$DENORT_BIN"); else unset DENORT_BIN; fi
  [ -z "${DENO_DIR:-}" ] || DENO_DIR=$(absolute "$DENO_DIR")
  work=$(mktemp -d "$TMPDIR/aws-use.XXXXXX") || fail "cannot write into TMPDIR=\"$TMPDIR\"" 'set TMPDIR to a folder with room'
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  case $action in
    install) install_all ;;
    uninstall) uninstall ;;
    try) try_out ;;
    build) build_only ;;
    deno) print_deno ;;
  esac
}

# --- arguments ---------------------------------------------------------------------------------------------------------

read_arguments() {
  action=install prefix='' rc=no once=no try_shell=''
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix)
        [ $# -gt 1 ] || refuse '--prefix needs a folder'
        prefix=$2
        shift
        [ -n "$prefix" ] || refuse '--prefix needs a folder'
        ;;
      --prefix=?*) prefix=${1#--prefix=} ;;
      --rc) rc=yes ;;
      --uninstall) choose uninstall ;;
      --try) choose try ;;
      --try=zsh | --try=bash | --try=fish)
        choose try
        try_shell=${1#--try=}
        ;;
      --once) once=yes ;;
      --build-only) choose build ;;
      --deno) choose deno ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) refuse "unknown argument \"$1\"" ;;
    esac
    shift
  done
  [ -z "$prefix" ] || case $action in install | uninstall) ;; *) refuse '--prefix goes with an installation' ;; esac
  [ "$once" = no ] || [ "$action" = try ] || refuse '--once goes with --try'
  [ "$rc" = no ] || [ "$action" = install ] || refuse '--rc goes with an installation'
  case $action in install | uninstall) read_prefix ;; esac
}

choose() {
  [ "$action" = install ] || [ "$action" = "$1" ] || refuse "--$1 does not go with --$action"
  action=$1
}

read_prefix() {
  [ -n "${HOME:-}" ] || [ -n "$prefix" ] || refuse 'HOME is not set: name a folder with --prefix'
  prefix=${prefix:-$HOME/.local}
  prefix=$(absolute "$prefix")
  while [ "$prefix" != "${prefix%/}" ]; do prefix=${prefix%/}; done
  case $prefix in *'
'*) refuse 'the folder has a line break in its name' ;; esac
  share=$prefix/share/aws-use manifest=$prefix/share/aws-use/manifest
}

# Each file that is named in this script, so that an incomplete copy is told before anything is downloaded or built.
need_sources() {
  set -- deno.json deno.lock src/main.ts
  [ "$action" = build ] ||
    set -- "$@" shell/aws-use.zsh shell/aws-use.bash shell/aws-use.fish \
      completions/_aws-use completions/aws-use.bash completions/aws-use.fish
  [ "$action" != try ] || set -- "$@" tests/support/try/main.ts
  for file in "$@"; do
    [ -r "$here/$file" ] || fail "$here/$file is missing, or not readable" 'get the whole source of aws-use again'
  done
  version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$here/deno.json")
}

# --- messages ----------------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*" >&2; }

refuse() {
  say "install.sh: error: $1"
  say 'install.sh: hint: ./install.sh --help'
  exit 64
}

# fail MESSAGE HINT
fail() {
  [ "${step_open:-no}" = no ] || say ''
  say "install.sh: error: $1"
  say "install.sh: hint: $2"
  exit 1
}

steps=4 step_number=0

begin() {
  step_number=$((step_number + 1)) step_open=yes step_began=$(date +%s)
  printf '[%s/%s] %s ... ' "$step_number" "$steps" "$1" >&2
}

finish() {
  say "${1:+$1, }$(($(date +%s) - step_began)) s"
  step_open=no
}

# What Deno said went wrong: neither what it had done until then, nor where in Deno it happened.
tell_reason() {
  awk '/^Stack backtrace:/ { exit } !/^(Download|Compile|Check|Initialize) |deno bundle is experimental|^$/' \
    "$work/log" >"$work/reason"
  mv -f -- "$work/reason" "$work/log"
  tell_log
}

# Everything a failed command said, below what was being done.
tell_log() {
  say ''
  step_open=no
  sed 's/^/    /' "$work/log" >&2
}

clean_up() {
  # What a run that ended between staging and renaming has put beside the old files, and the folders that it has made.
  [ -z "${new:-}" ] || rm -f -- "$new"
  if [ -f "${work:-}/staged" ]; then
    while IFS= read -r new && IFS= read -r path; do rm -f -- "$new"; done <"$work/staged"
    remove_folders "$work/manifest"
  fi
  [ -z "${work:-}" ] || rm -rf -- "$work"
}

# --- files -------------------------------------------------------------------------------------------------------------

absolute() {
  case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$PWD/$1" ;; esac
}

# new_beside PATH: sets new to an empty file in PATH's folder, from where the last step is a rename. Under a name that nobody
# can foresee, so that nobody can have put a link there that would be written through.
new_beside() {
  new=''
  # mv would put the new file into the folder.
  [ ! -d "$1" ] || { obstacle=$1 && return 1; }
  new=$(mktemp "${1%/*}/.aws-use.XXXXXX")
}

# replace PATH SOURCE MODE: whole or not at all.
replace() {
  { new_beside "$1" && cp -- "$2" "$new" && chmod "$3" "$new" && mv -f -- "$new" "$1"; } ||
    fail "cannot write $1${obstacle:+, which is a folder}" 'make room for it and run this again'
}

# --- Deno --------------------------------------------------------------------------------------------------------------

find_deno() {
  begin 'finding Deno'
  # brought: our own Deno is used; fetched: this run has downloaded it.
  brought=no fetched=no
  if [ -n "${AWS_USE_DENO:-}" ]; then
    # A bare name is searched on PATH.
    case $AWS_USE_DENO in */*) deno=$(absolute "$AWS_USE_DENO") ;; *) deno=$AWS_USE_DENO ;; esac
    serves "$deno" || fail "AWS_USE_DENO=\"$AWS_USE_DENO\" is no Deno of version 2.7 or newer" 'unset AWS_USE_DENO'
  elif deno=$(command -v deno) && serves "$deno"; then
    deno=$(absolute "$deno")
  else
    bring_deno
  fi
  finish "$(version_of "$deno") ($deno)"
}

version_of() { "$1" --version 2>/dev/null </dev/null | sed -n 's/^deno \([0-9][^ ]*\).*/\1/p'; }

# Whether the program is a Deno that will do: the pinned one where exactly that is wanted, else 2.7 or newer.
serves() {
  found=$(version_of "$1") || return 1
  [ "$action" != deno ] || { [ "$found" = "$pinned" ] && return 0 || return 1; }
  major=${found%%.*} minor=${found#*.}
  minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 7 ]; }
}

# Sets deno to a Deno of our own: kept in a cache folder, except by --try, which leaves nothing.
bring_deno() {
  brought=yes
  case $action in
    try) cellar=$work/deno ;;
    *) cellar=$(absolute "${XDG_CACHE_HOME:-${HOME:?}/.cache}")/aws-use-build ;;
  esac
  deno=$cellar/deno-$pinned/deno
  [ -n "${DENO_DIR:-}" ] || export DENO_DIR="$cellar/deno-dir"
  if [ -x "$deno" ] && serves "$deno"; then return 0; fi
  : >"$work/log"
  for way in npm pip installer apt; do
    "by_$way" || continue
    for candidate in "$work"/bring/bin/deno "$work"/bring/node_modules/@deno/*/deno; do
      if [ -f "$candidate" ] && chmod 755 "$candidate" && serves "$candidate"; then
        mkdir -p -- "${deno%/*}"
        replace "$deno" "$candidate" 755
        fetched=yes
        rm -rf -- "$work/bring"
        return 0
      fi
    done
  done
  tell_log
  fail "there is no Deno of version 2.7 or newer, and none could be brought" \
    'install Deno (https://docs.deno.com/runtime/getting_started/installation), or npm, and run this again'
}

by_npm() {
  command -v npm >/dev/null || return 1
  note 'none found, bringing it by npm'
  rm -rf -- "$work/bring"
  # Behind a company's TLS proxy Node's own list is not enough; the system's is added to it.
  for certificates in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r "$certificates" ]; then export NODE_EXTRA_CA_CERTS="$certificates"; fi
  done
  # The package's script only copies the binary that its dependency holds.
  logged npm install --prefix "$work/bring" --cache "$work/npm" --no-save --ignore-scripts --no-audit --no-fund \
    --no-update-notifier "deno@$pinned"
}

by_pip() {
  command -v python3 >/dev/null || return 1
  note 'none found, bringing it by pip'
  rm -rf -- "$work/bring"
  if logged python3 -m venv "$work/bring"; then
    logged "$work/bring/bin/pip" install --no-cache-dir "deno==$pinned"
  else
    # Debian's python3 without python3-venv.
    logged python3 -m pip install --no-cache-dir --target "$work/bring" "deno==$pinned"
  fi
}

# Deno's own installer; what it brings is used only when it says the version that was asked for.
by_installer() {
  command -v curl >/dev/null || return 1
  note 'none found, bringing it by its own installer'
  rm -rf -- "$work/bring"
  logged curl -fsSL --connect-timeout 10 -o "$work/deno-install.sh" https://deno.land/install.sh &&
    DENO_INSTALL="$work/bring" logged sh "$work/deno-install.sh" --no-modify-path "v$pinned" </dev/null
}

by_apt() {
  if command -v npm >/dev/null || ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then return 1; fi
  note 'none found, installing npm by apt-get'
  export DEBIAN_FRONTEND=noninteractive
  logged apt-get update -q && logged apt-get install -q -y --no-install-recommends npm && by_npm
}

note() { printf '%s ... ' "$1" >&2; }

logged() { "$@" >>"$work/log" 2>&1; }

print_deno() {
  steps=1
  find_deno
  printf '%s\n' "$deno"
}

# --- build -------------------------------------------------------------------------------------------------------------

# A short run needs neither helper threads nor, up to here, a garbage collection.
v8_flags=--single-threaded,--min-semi-space-size=16

# Makes $work/core (the bundle), and $work/aws-use (the program) unless the base binary of `deno compile` is out of reach. The
# condition `module` takes the packages' ES modules, of which the bundle leaves out what is not used.
build() {
  find_deno
  begin 'bundling'
  (cd -- "$here" && NO_COLOR=1 "$deno" bundle --frozen --minify --conditions module --code-splitting --outdir "$work/core" \
    src/main.ts) >"$work/log" 2>&1 ||
    { tell_reason && fail 'the core could not be bundled' 'what Deno says is above'; }
  finish
  begin 'compiling'
  if compile >"$work/log" 2>&1; then
    compiled=yes
    check_core "$work/aws-use"
    finish
  elif [ -z "${DENORT_BIN:-}" ] && grep -q 'base binary' "$work/log"; then
    compiled=no
    finish 'not possible: the base binary of deno compile cannot be downloaded here'
    say '      A launcher that runs the bundle with Deno takes its place: everything works, each call a little slower.'
    write_launcher "$work/launcher" "$work/core" "$deno"
    check_core "$work/launcher"
  else
    tell_reason
    fail 'the core could not be compiled' 'what Deno says is above'
  fi
}

# In a folder that holds nothing else: Deno embeds a package.json or node_modules beside the program whole. Without the code
# cache, because a compiled program keeps it under a name that everybody can foresee in a folder that everybody can write to.
compile() {
  (
    cd -- "$work/core" &&
      NO_COLOR=1 DENO_NO_PACKAGE_JSON=1 "$deno" compile --no-config --no-check --no-code-cache --allow-all --no-prompt \
        "--v8-flags=$v8_flags" --include . --output "$work/aws-use" main.js
  )
}

check_core() {
  said=$("$1" --version 2>"$work/log" </dev/null) || said=''
  [ "$said" = "aws-use $version" ] || { tell_log && fail 'the core that was built does not start' 'what it says is above'; }
}

# write_launcher FILE CORE DENO
write_launcher() {
  # A Deno that we brought keeps its cache beside the rest of what we brought, which --uninstall removes.
  own_cache=''
  [ "$brought" = no ] || own_cache="export DENO_DIR=\"\${DENO_DIR:-\${XDG_CACHE_HOME:-\$HOME/.cache}/aws-use-build/deno-dir}\""
  cat >"$1" <<END
#!/bin/sh
# Runs the core's bundle with Deno: where aws-use was installed, no program could be compiled.
export DENO_TLS_CA_STORE="\${DENO_TLS_CA_STORE:-system,mozilla}" DENO_NO_UPDATE_CHECK=1
$own_cache
exec $(quote "$3") run --quiet --no-config --no-lock --cached-only --no-check --no-prompt --allow-all \\
  $(quote "$2/main.js") "\$@"
END
  chmod 755 "$1"
}

# A word for sh, bash, zsh and fish alike, except for a backslash, which fish_quote doubles.
quote() { printf '%s\n' "$1" | sed "s/'/'\\\\''/g; s/^/'/; s/\$/'/"; }

fish_quote() { quote "$(printf '%s\n' "$1" | sed 's/\\/\\\\/g')"; }

# build/aws-use, made again only when something that goes into it has changed.
build_only() {
  steps=3 out=$here/build
  stamp=$(cd -- "$here" && find src shell deno.json deno.lock install.sh -type f -exec cksum {} + | LC_ALL=C sort | cksum)
  case $(cat "$out/stamp" 2>/dev/null) in
    "$stamp compiled") return 0 ;;
    "$stamp launcher") [ -n "${DENORT_BIN:-}" ] || return 0 ;;
  esac
  build
  mkdir -p -- "$out"
  if [ "$compiled" = no ]; then
    rm -rf -- "$out/core.new" && cp -R -- "$work/core" "$out/core.new"
    rm -rf -- "$out/core" && mv -- "$out/core.new" "$out/core"
    write_launcher "$work/aws-use" "$out/core" "$deno"
    check_core "$work/aws-use"
  fi
  replace "$out/aws-use" "$work/aws-use" 755
  if [ "$compiled" = yes ]; then kind=compiled; else kind=launcher; fi
  printf '%s %s\n' "$stamp" "$kind" >"$work/stamp"
  replace "$out/stamp" "$work/stamp" 644
}

# --- install -----------------------------------------------------------------------------------------------------------

install_all() {
  if [ "$rc" = yes ]; then
    steps=5
    for shell in zsh bash fish; do
      if command -v "$shell" >/dev/null; then check_start_up_file "$shell"; fi
    done
  fi
  build
  begin "installing into $prefix"
  : >"$work/staged"
  : >"$work/manifest"
  [ "$fetched" = no ] || printf 'deno %s\n' "$cellar" >>"$work/manifest"
  stage_all 2>"$work/log" || {
    [ -z "${obstacle:-}" ] || fail "$obstacle is a folder, where a file of aws-use belongs" 'another folder: --prefix DIR'
    tell_log
    fail "cannot install into $prefix" 'the reason is above; another folder: --prefix DIR'
  }
  place_all
  finish
  if [ "$rc" = yes ]; then
    begin 'adding to start-up files'
    for shell in zsh bash fish; do
      if command -v "$shell" >/dev/null; then add_block "$shell"; fi
    done
    place_manifest
    finish
  fi
  next_steps
}

stage_all() {
  [ ! -d "$manifest" ] || { obstacle=$manifest && return 1; }
  # Links to chunks are by content, so the old bundle works until main.js is replaced, and the program comes last.
  if [ "$compiled" = no ]; then
    for file in "$work"/core/*.js; do
      case $file in */main.js) ;; *) stage "$file" "$share/core/${file##*/}" 644 || return 1 ;; esac
    done
    stage "$work/core/main.js" "$share/core/main.js" 644 || return 1
    if [ "$brought" = yes ]; then
      stage "$deno" "$share/core/deno" 755 || return 1
      deno=$share/core/deno
    fi
    write_launcher "$work/aws-use" "$share/core" "$deno" || return 1
  fi
  for shell in zsh bash fish; do
    stage "$here/shell/aws-use.$shell" "$share/aws-use.$shell" 644 || return 1
  done
  printf '#!/bin/sh\nexec %s token "$@"\n' "$(quote "$prefix/bin/aws-use")" >"$work/aws-token" || return 1
  stage "$here/completions/_aws-use" "$prefix/share/zsh/site-functions/_aws-use" 644 &&
    stage "$here/completions/aws-use.bash" "$prefix/share/bash-completion/completions/aws-use" 644 &&
    stage "$here/completions/aws-use.fish" "$prefix/share/fish/vendor_completions.d/aws-use.fish" 644 &&
    stage_link aws-use "$prefix/share/bash-completion/completions/aws-token" &&
    stage_link aws-use.fish "$prefix/share/fish/vendor_completions.d/aws-token.fish" &&
    stage "$work/aws-token" "$prefix/bin/aws-token" 755 &&
    stage "$work/aws-use" "$prefix/bin/aws-use" 755
}

# stage SOURCE PATH MODE: beside its place, to be renamed by place_all.
stage() { stage_empty "$2" && cp -- "$1" "$new" && chmod "$3" "$new"; }

# stage_link TARGET PATH: bash-completion and fish look for a file of the command's name.
stage_link() { stage_empty "$2" && rm -f -- "$new" && ln -s -- "$1" "$new"; }

stage_empty() {
  make_directory "${1%/*}" && new_beside "$1" || return 1
  printf '%s\n' "$new" "$1" >>"$work/staged"
  printf 'file %s\n' "$1" >>"$work/manifest"
}

# Notes the folders that were not there before: only they are removed again.
make_directory() {
  if [ -d "$1" ]; then return 0; fi
  case $1 in ?*/*) make_directory "${1%/*}" || return 1 ;; esac
  mkdir -- "$1" || return 1
  printf 'directory %s\n' "$1" >>"$work/manifest"
}

place_all() {
  while IFS= read -r new && IFS= read -r path; do mv -f -- "$new" "$path"; done <"$work/staged"
  rm -f -- "$work/staged"
  if [ -f "$manifest" ]; then
    # What an earlier version had and this one has not.
    sed -n 's/^file //p' "$manifest" | while IFS= read -r path; do
      grep -qxF -e "file $path" "$work/manifest" || [ "$path" = "$manifest" ] || rm -f -- "$path"
    done
    grep -v '^file ' "$manifest" >>"$work/manifest" || true
    rmdir -- "$share/core" 2>/dev/null || true
  fi
  place_manifest
}

place_manifest() {
  grep -qxF -e "file $manifest" "$work/manifest" || printf 'file %s\n' "$manifest" >>"$work/manifest"
  LC_ALL=C sort -u "$work/manifest" >"$work/sorted"
  replace "$manifest" "$work/sorted" 644
}

# --- start-up files ----------------------------------------------------------------------------------------------------

rc_file() {
  case $1 in
    zsh) printf '%s\n' "${ZDOTDIR:-$HOME}/.zshrc" ;;
    bash) printf '%s\n' "$HOME/.bashrc" ;;
    fish) printf '%s\n' "${XDG_CONFIG_HOME:-$HOME/.config}/fish/config.fish" ;;
  esac
}

# The lines that a shell needs, wherever in its start-up file they stand: `source`, and what brings the completions.
rc_lines() {
  data_home=${XDG_DATA_HOME:-${HOME:-}/.local/share}
  case $1 in
    zsh)
      # shellcheck disable=SC2016 # zsh expands it.
      printf 'fpath=(%s "${fpath[@]}")\n' "$(word "$prefix/share/zsh/site-functions")"
      ;;
    bash)
      # bash-completion would find it by itself, but is often not loaded.
      printf 'source %s\n' "$(word "$prefix/share/bash-completion/completions/aws-use")"
      ;;
    fish)
      [ "$prefix/share" = "$data_home" ] || searched ||
        printf 'set -p fish_complete_path %s\n' "$(word "$prefix/share/fish/vendor_completions.d" fish)"
      ;;
  esac
  printf 'source %s\n' "$(word "$share/aws-use.$1" "$1")"
  # At the first prompt, when it is known whether the person's own files have run compinit: run twice, it takes twice the time,
  # and with two fpaths it makes its dump anew each time. Without -i it would ask about folders that others can write to.
  [ "$1" != zsh ] || cat <<'END'
_aws_use_compinit() {
  emulate -L zsh
  precmd_functions=("${(@)precmd_functions:#_aws_use_compinit}")
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
  _aws_use_complete
}
precmd_functions+=(_aws_use_compinit)
END
}

searched() {
  case ":${XDG_DATA_DIRS:-/usr/local/share:/usr/share}:" in *":$prefix/share:"* | *":$prefix/share/:"*) ;; *) return 1 ;; esac
}

# word PATH [fish]: as a person would type it.
word() {
  case $1 in
    "${HOME:-//}"/*) typed='~'/${1#"$HOME"/} rest=${1#"$HOME"/} ;;
    *) typed=$1 rest=$1 ;;
  esac
  case $rest in
    *[!A-Za-z0-9._/+@-]*) if [ "${2:-}" = fish ]; then fish_quote "$1"; else quote "$1"; fi ;;
    *) printf '%s\n' "$typed" ;;
  esac
}

# Before anything is changed: whether the start-up file of shell $1 can take the block.
check_start_up_file() {
  file=$(real_path "$(rc_file "$1")")
  if [ ! -e "$file" ] && [ ! -L "$file" ]; then return 0; fi
  [ -f "$file" ] || fail "$file is no file" 'put a file in its place, or install without --rc'
  block_of "$file" >"$work/present" ||
    fail "$file has half a block of aws-use" "edit it: a block begins with $block_start and ends with $block_end"
}

add_block() {
  file=$(real_path "$(rc_file "$1")")
  { printf '%s\n' "$block_start" && rc_lines "$1" && printf '%s\n' "$block_end"; } >"$work/block"
  if [ ! -e "$file" ]; then
    { make_directory "${file%/*}" && : >"$file"; } || fail "cannot write $file" 'add the line by hand'
    printf 'rc-new %s\n' "$file" >>"$work/manifest"
  fi
  check_start_up_file "$1"
  printf 'rc %s\n' "$file" >>"$work/manifest"
  if cmp -s "$work/block" "$work/present"; then return 0; fi
  without_block "$file" >"$work/rc"
  if [ -s "$work/rc" ] && [ ! -e "$file.before-aws-use" ]; then
    { new_beside "$file.before-aws-use" && cp -p -- "$file" "$new" && mv -f -- "$new" "$file.before-aws-use"; } ||
      fail "cannot keep a copy of $file" 'add the line by hand'
    printf 'rc-copy %s\n' "$file" >>"$work/manifest"
  fi
  cat "$work/block" >>"$work/rc"
  replace_text "$file"
}

# The block in FILE, if there is one; fails where it has no end before the next start.
block_of() {
  LC_ALL=C awk -v start="$block_start" -v end="$block_end" \
    '$0 == start { half += inside; inside = 1 } inside { print } $0 == end { inside = 0 } END { exit half + inside > 0 }' "$1"
}

# Whether FILE has a block that loads the plugin of this prefix.
names_prefix() { plugins_of "$1" | grep -qxF -e "$(our_plugins)"; }

# Whether FILE has a block that loads the plugin of another prefix.
names_another() { plugins_of "$1" | grep -qvxF -e "$(our_plugins)"; }

plugins_of() { block_of "$1" 2>/dev/null | grep -E "^source .*/aws-use\.(zsh|bash|fish)'?\$"; }

# Each line that loads the plugin of this prefix; with the whole path too, for a HOME that was another one then.
our_plugins() {
  for each in zsh bash fish; do
    printf 'source %s\n' "$(word "$share/aws-use.$each" "$each")" "$share/aws-use.$each"
  done
}

# FILE without what rc_lines has ever written into a block; lines that a person has added there stay.
without_block() {
  LC_ALL=C awk -v start="$block_start" -v end="$block_end" '
    $0 == start { inside = 1; next }
    $0 == end && inside { inside = ours = 0; next }
    inside && /^_aws_use_compinit\(\) \{$/ { ours = 1 }
    inside && ours { if (/^\}$/) ours = 0; next }
    inside && /^precmd_functions\+=\(_aws_use_compinit\)$/ { next }
    inside && /^(source .*\/aws-use(\.(zsh|bash|fish))?|fpath=\(.*\/site-functions.* (\$fpath|"\$\{fpath\[@\]\}")\)|set -p fish_complete_path .*\/vendor_completions\.d).?$/ { next }
    { print }' "$1"
}

# Puts $work/rc in the place of FILE, whole or not at all, with FILE's mode.
replace_text() {
  { new_beside "$1" && cp -p -- "$1" "$new" && cat "$work/rc" >"$new" && mv -f -- "$new" "$1"; } ||
    fail "cannot write $1" 'edit it by hand'
}

# What a link leads to: start-up files are often links into a repository, and stay it.
real_path() {
  path=$1 hops=0
  while [ -L "$path" ] && [ $hops -lt 40 ]; do
    target=$(readlink -- "$path") hops=$((hops + 1))
    case $target in /*) path=$target ;; *) path=${path%/*}/$target ;; esac
  done
  printf '%s\n' "$path"
}

next_steps() {
  echo "aws-use $version is installed in $prefix."
  missing=no
  for shell in zsh bash fish; do
    command -v "$shell" >/dev/null || continue
    file=$(rc_file "$shell")
    echo
    if names_prefix "$file"; then
      echo "$shell: $file loads it$(copy_note "$file"). Open a new shell, or type:"
    else
      missing=yes
      echo "$shell: add to $file:"
    fi
    rc_lines "$shell" | sed 's/^/  /'
  done
  if [ "$missing" = yes ]; then
    option=''
    [ "$prefix" = "${HOME:-}/.local" ] || option=" --prefix $(word "$prefix")"
    printf '\nTo have the lines added, with a copy kept of each file that changes: ./install.sh --rc%s\n' "$option"
  fi
  case ":$PATH:" in *":$prefix/bin:"*) ;; *) path_lines ;; esac
}

# The shells find aws-use by the plugin, other programs on PATH.
path_lines() {
  printf '\nFor scripts, which load no plugin, %s belongs on PATH, where it is not yet:\n' "$prefix/bin"
  # shellcheck disable=SC2016 # The person's shell expands it.
  printf '  zsh, bash: export PATH=%s:"$PATH"\n' "$(word "$prefix/bin")"
  ! command -v fish >/dev/null || printf '  fish: fish_add_path %s\n' "$(word "$prefix/bin" fish)"
}

# Where the copy of start-up file $1 is that --rc has kept.
copy_note() {
  file=$(real_path "$1")
  ! grep -qxF -e "rc-copy $file" "$manifest" || [ ! -f "$file.before-aws-use" ] ||
    printf '; as it was before: %s' "$file.before-aws-use"
}

# --- uninstall ---------------------------------------------------------------------------------------------------------

uninstall() {
  if [ ! -f "$manifest" ]; then
    say "aws-use is not installed in $prefix: nothing to do"
    return 0
  fi
  uncleared=''
  # Without the folder there is nothing to clear, and the core would make it.
  if [ ! -d "$(cache_root)" ]; then
    say 'no credentials are cached'
  elif "$prefix/bin/aws-use" clear </dev/null; then
    remove_cache
    say 'cached credentials are cleared'
  else
    uncleared=$(cache_root)
    say 'install.sh: warning: the cached credentials could not be cleared; they expire by themselves'
    # Of a folder that the person has named, all else would go too.
    [ -n "${AWS_USE_CACHE_DIR:-}" ] || say "install.sh: hint: rm -r $(word "$uncleared")"
  fi
  cp -- "$manifest" "$work/manifest"
  sed -n 's/^rc //p' "$work/manifest" >"$work/rc-files"
  while IFS= read -r path; do remove_block "$path"; done <"$work/rc-files"
  sed -n 's/^file //p' "$work/manifest" | while IFS= read -r path; do rm -f -- "$path"; done
  remove_folders "$work/manifest"
  # Another prefix, or work on the source, may use a Deno that was not brought for this one.
  sed -n 's/^deno \(.*\/aws-use-build\)$/\1/p' "$work/manifest" | while IFS= read -r path; do
    rm -rf -- "$path"
    rmdir -- "${path%/*}" 2>/dev/null || true
  done
  say "aws-use is removed from $prefix; open shells keep its functions until they end"
  [ -z "$uncleared" ]
}

# Where the core keeps what it caches (docs/architecture.md).
cache_root() {
  if [ -n "${AWS_USE_CACHE_DIR:-}" ]; then
    printf '%s\n' "$AWS_USE_CACHE_DIR"
  elif [ -n "${XDG_RUNTIME_DIR:-}" ]; then
    printf '%s\n' "$XDG_RUNTIME_DIR/aws-use"
  else
    printf '%s\n' "${XDG_CACHE_HOME:-${HOME:-}/.cache}/aws-use"
  fi
}

# What `clear` leaves: which codes are spent, locks, how often profiles were used, folders. `clear` has refused a root that is
# a link or not ours. A root that the person has named stays, and so does what is not ours.
remove_cache() {
  root=$(cache_root)
  for folder in windows locks; do
    [ -L "$root/$folder" ] || for file in "$root/$folder"/*; do
      if is_cache_file "$file"; then rm -f -- "$file"; fi
    done
  done
  for folder in sessions roles env tab windows devices locks; do
    rmdir -- "$root/$folder" 2>/dev/null || true
  done
  # Any list of names looks like it: it is ours where nothing but ours was in the root.
  others=$(find "$root/." ! -name . -prune ! -name uses ! -name '~uses')
  [ -n "$others" ] || rm -f -- "$root/uses" "$root/~uses" || true
  [ -n "${AWS_USE_CACHE_DIR:-}" ] || rmdir -- "$root" 2>/dev/null || true
}

# Whether FILE of windows or locks is ours, by its name (src/core/cache_files.ts) and by what it says, if anything: the number of
# a window, or a process.
is_cache_file() {
  [ -f "$1" ] && [ ! -L "$1" ] || return 1
  case $1 in
    "$root/locks/config" | "$root/locks/write" | "$root/locks/ykman") ;;
    *)
      hash=${1##*/} hash=${hash#\~} hash=${hash#mfa-}
      case $hash in *[!0123456789abcdef]*) return 1 ;; esac
      [ ${#hash} -eq 64 ] || return 1
      ;;
  esac
  [ ! -s "$1" ] || LC_ALL=C sed 1q "$1" | LC_ALL=C grep -Eq '^(process )?[0-9]+ '
}

# Deepest first; a folder that holds something else stays.
remove_folders() {
  sed -n 's/^directory //p' "$1" | LC_ALL=C sort -r | while IFS= read -r path; do
    rmdir -- "$path" 2>/dev/null || true
  done
}

remove_block() {
  [ -f "$1" ] || return 0
  if ! block_of "$1" >/dev/null; then
    say "install.sh: warning: $1 has half a block of aws-use; edit it by hand"
    return 0
  fi
  without_block "$1" >"$work/rc"
  if names_another "$1"; then
    say "$1 loads another installation of aws-use: its lines stay"
  else
    replace_text "$1"
  fi
  remove_copy "$1"
  if [ ! -s "$1" ] && grep -qxF -e "rc-new $1" "$work/manifest"; then rm -f -- "$1"; fi
}

# Removes the copy of start-up file $1 that --rc made, unless it holds something that the file ($work/rc) does not.
remove_copy() {
  if [ ! -f "$1.before-aws-use" ] || ! grep -qxF -e "rc-copy $1" "$work/manifest"; then return 0; fi
  if without_block "$1.before-aws-use" | cmp -s - "$work/rc"; then
    rm -f -- "$1.before-aws-use"
  else
    say "$1 has been changed otherwise too since aws-use was added, so the copy of before stays: $1.before-aws-use"
  fi
}

# --- try-out -----------------------------------------------------------------------------------------------------------

# Hands over to tests/support/try, which removes $work when it ends.
try_out() {
  if [ "$once" = no ] && ! { [ -t 0 ] && [ -t 1 ]; }; then
    refuse '--try opens a shell and needs a terminal; without one: --try --once'
  fi
  # A HOME that has no Deno cache gets none.
  [ -n "${DENO_DIR:-}" ] || [ -d "${XDG_CACHE_HOME:-${HOME:-}/.cache}/deno" ] || export DENO_DIR="$work/deno-dir"
  prefix=$work/home/.local share=$work/home/.local/share/aws-use steps=5
  manifest=$share/manifest
  build
  begin 'installing into a temporary folder'
  : >"$work/staged"
  : >"$work/manifest"
  stage_all 2>"$work/log" || { tell_log && fail "cannot write below $work" 'set TMPDIR to a folder with room'; }
  place_all
  # The lines that --rc would add to a person's own files.
  (
    HOME=$work/home
    unset ZDOTDIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_DATA_DIRS
    for shell in zsh bash fish; do add_block "$shell"; done
  )
  finish
  begin 'starting a made-up AWS and a made-up YubiKey'
  export AWS_USE_TRY_FOLDER="$work" AWS_USE_TRY_SHELL="$try_shell"
  set --
  [ "$once" = no ] || set -- --once
  exec "$deno" run --quiet --allow-all --frozen --config "$here/deno.json" "$here/tests/support/try/main.ts" "$@"
}

main "$@"
