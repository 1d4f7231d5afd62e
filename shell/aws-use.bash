# shellcheck shell=bash disable=SC2034 # what `builtin export` exports is used by programs
# aws-use for bash 3.2 and newer: short-lived AWS credentials in this shell.
#
# Defines  aws-use, aws-token, aws-use_plugin_unload and private names _aws_use_*; while a profile is active, guards named
#          like the commands of AWS_USE_GUARD.
# Reads    AWS_USE_CACHE_DIR, AWS_USE_COMPAT, AWS_USE_DANGER, AWS_USE_GUARD, AWS_USE_MARGIN, AWS_USE_PROMPT_FORMAT.
# Keeps    AWS_USE_PROMPT, AWS_USE_STATE, AWS_USE_KEY_ID and AWS_USE_ADDED, exported, while a profile is active.
#
# Loading prints nothing and starts no process. aws-use.zsh and aws-use.fish have the same parts in the same order.

# Bash looks for functions before builtins, even for one named "builtin". Only in POSIX mode do special builtins (unset, eval)
# come first, and it is an assignment, which no function can stand in for, that enters it. So where "builtin" is not the
# real one, its function is put aside, and stays there until it is put back. Words are quoted because aliases are still on while
# this is read.
_aws_use_unshadow() {
  if ! { \declare -F _aws_use_unshadow && ! \declare -F builtin; } >/dev/null 2>&1; then
    if [[ :$SHELLOPTS: == *:posix:* ]]; then
      _aws_use_shadow=$(\unset -f declare && \declare -f builtin) || _aws_use_shadow=
      \unset -f builtin
    else
      POSIXLY_CORRECT=1
      _aws_use_shadow=$(\unset -f declare && \declare -f builtin) || _aws_use_shadow=
      \unset -f builtin
      \unset POSIXLY_CORRECT
    fi
  fi
}

_aws_use_shadow=
_aws_use_unshadow

# POSIX mode refuses function names with a dash; aliases would be compiled into the functions below; and what is exported would
# reach shells that are others.
_aws_use_load=$SHELLOPTS
\builtin set +o posix +o allexport
\builtin export -n _aws_use_load _aws_use_shadow
\builtin export -fn _aws_use_unshadow
\builtin shopt -q expand_aliases && _aws_use_load=$_aws_use_load:aliases
\builtin shopt -u expand_aliases

_aws_use_version=0.1.0

# Where versions differ; everything else is bash 3.2.
_aws_use_bash=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))

# Sets _aws_use_time: whole seconds since 1970. Bash 3.2 to 4.1 have no clock of their own: one `date` for each shell, and
# another one where a person has set SECONDS back.
if ((_aws_use_bash >= 500)); then
  _aws_use_clock() {
    _aws_use_time=$EPOCHSECONDS
    [[ -n $_aws_use_time ]] || builtin printf -v _aws_use_time '%(%s)T' -1 # who unsets it ends it
  }
elif ((_aws_use_bash >= 402)); then
  _aws_use_clock() { builtin printf -v _aws_use_time '%(%s)T' -1; }
else
  _aws_use_clock() {
    if [[ -z ${_aws_use_epoch-} ]] || ((SECONDS < _aws_use_seen)); then
      _aws_use_epoch=$(($(\builtin command date +%s) - SECONDS))
    fi
    _aws_use_seen=$SECONDS _aws_use_time=$((_aws_use_epoch + SECONDS))
  }
fi

# True if none of the caller's `lines` has a control character. An expression is faster than a pattern, but what the person's
# last one has matched can be put back in newer shells only.
if ((_aws_use_bash >= 501)); then
  _aws_use_is_clean() {
    builtin local kept code=0
    kept=("${BASH_REMATCH[@]}")
    [[ ! "${lines[*]}" =~ [[:cntrl:]] ]] || code=1
    BASH_REMATCH=("${kept[@]}")
    builtin return "$code"
  }
else
  _aws_use_is_clean() { [[ "${lines[*]}" != *[[:cntrl:]]* ]]; }
fi

# REPLY: the attributes of the variable $1 (x: exported); before bash 4.4, all that is set counts as exported.
if ((_aws_use_bash >= 404)); then
  _aws_use_attributes() { REPLY=${!1@a}; }
else
  _aws_use_attributes() { REPLY=x; }
fi

# Sets `lines` of the caller to the lines of the file $1.
if ((_aws_use_bash >= 400)); then
  _aws_use_read_lines() { builtin mapfile -t lines <"$1"; }
else
  _aws_use_read_lines() {
    builtin local line
    lines=()
    while IFS= builtin read -r line || [[ -n $line ]]; do lines[${#lines[@]}]=$line; done <"$1"
  }
fi

# REPLY: the text of the alias $1, or nothing. Bash 3.2 tells it only by printing.
if ((_aws_use_bash >= 400)); then
  _aws_use_alias() { REPLY=${BASH_ALIASES[$1]-}; }
else
  _aws_use_alias() {
    REPLY=
    if builtin alias "$1" >/dev/null 2>&1; then
      REPLY=$(\builtin alias "$1")
      REPLY=${REPLY#*=\'}
      REPLY=${REPLY%\'}
    fi
  }
fi

# The commands that have a guard unless AWS_USE_GUARD names others.
_aws_use_usual="aws terraform tofu terragrunt cdk sam pulumi kubectl helm eksctl packer ansible-playbook"

# The closed list of variables that aws-use may set or unset; anything else from the core is refused.
_aws_use_keys=(
  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_REGION AWS_DEFAULT_REGION
  AWS_USE_PROFILE AWS_USE_IDENTITY AWS_USE_EXPIRES_AT AWS_VAULT
  AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SECURITY_TOKEN AWS_ACCOUNT_ID
)

# What an activation says to the shells that inherit it: whose access key it is, and that it has additions to the profile.
_aws_use_marks=(AWS_USE_KEY_ID AWS_USE_ADDED)

builtin printf -v _aws_use_key_list '\n%s' "${_aws_use_keys[@]}"
_aws_use_key_list+=$'\n'

# First words that are never a profile.
_aws_use_verbs=" use off env status list clear token init renew prompt mfa doctor keys exec credentials serve save console \
setup sso certificates guardrails help version "

# Loading again must not forget what a former load has activated. No environment has an array, so this one is of this shell.
if [[ -z ${_aws_use_loaded[1]-} ]]; then
  builtin unset -v _aws_use_loaded _aws_use_epoch _aws_use_active _aws_use_before _aws_use_plain _aws_use_words \
    _aws_use_folder _aws_use_guarded _aws_use_failure _aws_use_inputs _aws_use_last "${!_aws_use_prompt_@}" \
    _aws_use_guarding _aws_use_reopened _aws_use_silenced
  _aws_use_loaded=(0 1)
  _aws_use_active=0    # 1: this shell has activated a profile, rather than inherited one
  _aws_use_before=()   # wire lines of what the first activation replaced
  _aws_use_plain=()    # those of them that were not exported
  _aws_use_words=()    # the words after "use" that made what is active
  _aws_use_folder=     # the folder they were typed in
  _aws_use_guarded=()  # commands that have a guard
  _aws_use_guard_list= # the value of AWS_USE_GUARD they were made from
  _aws_use_guard_path= # the PATH on which the commands were looked for
  _aws_use_unmet=      # the profile and margin that could not be met
  _aws_use_why=        # why the last renewal for a guard failed
  _aws_use_prompt_key= # what AWS_USE_PROMPT was made from
  _aws_use_prompt_from=0
  _aws_use_prompt_until=0
  _aws_use_unasked= # 1: because nobody could be asked for a code
  _aws_use_failed_at=0
  _aws_use_unmet_at=0
  _aws_use_hooked= # 1: the prompt hook has run since the last activation
  _aws_use_first=1 # 1: no prompt has been drawn yet
  _aws_use_flags=  # of the shell's options those that are to be brought back, while a function of ours runs
fi
# What the prompt is brought up to date with while nothing but the time left changes.
_aws_use_prompt_head='' _aws_use_prompt_tail='' # what stands around the time left
_aws_use_holds=0
_aws_use_prompt_end=0    # when the credentials end
_aws_use_prompt_ticks=-1 # until when nothing else changes

## apply: wire lines → environment

# Runs a function of ours where nothing of the person's shell changes what its words mean; its status.
# Ctrl-C leaves a bash function at once: since bash 5.0 `local -` brings the options back, before it the next prompt does. That of
# 4.4 would also switch aliases off.
_aws_use_safely() {
  _aws_use_unshadow
  {
    if ((_aws_use_bash >= 500)); then builtin local -; else _aws_use_flags=${_aws_use_flags:-/$-}; fi
    builtin set +aeuvxCk -f
  } 2>/dev/null
  if [[ :$SHELLOPTS: == *:posix:* ]]; then
    _aws_use_flags=${_aws_use_flags:+$_aws_use_flags:posix} # in POSIX mode a guard could not be called ansible-playbook
    builtin set +o posix
  fi
  builtin local _aws_use_status IFS=$' \t\n'
  # Where matching ignores case, a key in lower case would pass.
  # shellcheck disable=SC2050
  if [[ a == A ]]; then
    _aws_use_flags=${_aws_use_flags:-/}:nocasematch
    builtin shopt -u nocasematch
  fi
  "$@"
  _aws_use_status=$?
  if [[ -n $_aws_use_flags ]]; then _aws_use_unflag; fi
  if [[ -n $_aws_use_shadow ]]; then
    # With their "builtin" back, a subshell in POSIX mode is what can still set a status for certain.
    builtin eval "$_aws_use_shadow"
    _aws_use_shadow=$(POSIXLY_CORRECT=1 && \exit "$_aws_use_status")
  else
    builtin return "$_aws_use_status"
  fi
}

# Brings back the options that were set before _aws_use_safely: the letters of $- where `local -` does not, then names.
_aws_use_unflag() {
  builtin local flag flags="$_aws_use_flags"
  _aws_use_flags=
  if ((_aws_use_bash < 500)); then builtin set +f; fi
  for flag in a e f u v C k x; do
    if [[ ${flags%%:*} == *$flag* ]]; then builtin set "-$flag"; fi
  done
  if [[ $flags == *:posix* ]]; then builtin set -o posix; fi
  if [[ $flags == *:nocasematch* ]]; then builtin shopt -s nocasematch; fi
}

# The two lines of every error: what failed, and the way out.
_aws_use_error() {
  builtin printf 'aws-use: error: %s\naws-use: hint: %s\n' "$1" "$2" >&2
}

# What fails on the way to the core: for a guard it is why the renewal failed, as the core would tell it.
_aws_use_fail() {
  if [[ -n ${_aws_use_guarding-} ]]; then _aws_use_failure=$1$'\n'$1$'\n'$2; else _aws_use_error "$1" "$2"; fi
}

# True if all `lines` of the caller are lines of the wire. An expiry that is no number would be evaluated by arithmetic later on.
# (Handed over as arguments they would cost more.)
_aws_use_check() {
  builtin local line
  _aws_use_is_clean || builtin return 1
  for line in "${lines[@]}"; do
    [[ $_aws_use_key_list == *$'\n'"${line%%=*}"$'\n'* ]] || builtin return 1
    case $line in
      AWS_USE_EXPIRES_AT=*) _aws_use_is_time "${line#*=}" || builtin return 1 ;;
    esac
  done
}

# True for 1 to 12 digits, seconds that bash can reckon with.
_aws_use_is_time() {
  [[ -n $1 && ${#1} -le 12 && $1 != *[!0-9]* ]]
}

# Sets and exports each KEY=VALUE, unsets each KEY.
_aws_use_assign() {
  builtin local line
  for line; do
    # shellcheck disable=SC2163 # its value is KEY=VALUE
    case $line in
      *=*) builtin export "$line" ;;
      *) builtin unset -v "$line" ;;
    esac
  done
}

# Puts the person's own variables back; erases those that this shell inherited, since whose they were is not known.
_aws_use_restore() {
  builtin unset -v "${_aws_use_keys[@]}" "${_aws_use_marks[@]}"
  if ((_aws_use_active)); then
    _aws_use_assign "${_aws_use_before[@]}"
    if ((${#_aws_use_plain[@]})); then builtin export -n "${_aws_use_plain[@]}"; fi
  fi
}

# Notes what the first activation replaces. Variables that another shell's activation left behind are nobody's own.
_aws_use_remember() {
  builtin local key REPLY inherited="${AWS_USE_PROFILE-}"
  _aws_use_before=() _aws_use_plain=()
  for key in "${_aws_use_keys[@]}"; do
    if [[ -z $inherited && -n ${!key+set} ]]; then
      _aws_use_before[${#_aws_use_before[@]}]=$key=${!key}
      _aws_use_attributes "$key"
      [[ $REPLY == *x* ]] || _aws_use_plain[${#_aws_use_plain[@]}]=$key
    fi
  done
}

# True if one of the variables $@ is read-only: bash refuses a local variable of that name then.
_aws_use_is_readonly() { ! builtin local "$@"; } 2>/dev/null

# Notes the words of an activation and where they were typed, without those that only say that one follows. Sets `added` of
# the caller where they hold more than the profile's name.
_aws_use_note_words() {
  if [[ ${1-} == use ]]; then
    builtin shift
  elif [[ -z ${1-} || $_aws_use_verbs == *" $1 "* ]]; then
    builtin set --
  fi
  _aws_use_words=("$@")
  _aws_use_folder=$PWD
  if [[ ${1-} == -- ]]; then builtin shift; elif [[ ${1-} == -* ]]; then builtin set -- "$@" ""; fi
  added=
  if (($# > 1)); then added=1; fi
}

# False, and says so, where one of the variables is read-only and the words $@ ask for no help.
_aws_use_may_set() {
  builtin local key
  _aws_use_is_readonly "${_aws_use_keys[@]}" "${_aws_use_marks[@]}" || builtin return 0
  for key; do
    case $key in
      --) builtin break ;;
      -h | --help | --version) builtin return 0 ;;
    esac
  done
  for key in "${_aws_use_keys[@]}" "${_aws_use_marks[@]}"; do
    if _aws_use_is_readonly "$key"; then builtin break; fi
  done
  _aws_use_fail "$key is read-only in this shell; nothing was changed" "open a shell that does not say: readonly $key"
  builtin return 78
}

# Takes a checked message, `lines` of the caller, that answers the words $@: undoes the former activation, then applies it. A
# renewal leaves the words alone, and regions, AWS_PROFILE and AWS_ACCOUNT_ID: the person may have chosen others since, and for
# a single command.
_aws_use_activate() {
  builtin local key line REPLY kept all added="${AWS_USE_ADDED-}"
  # What Ctrl-C leaves half done must not be renewed without its additions.
  ((_aws_use_active)) || _aws_use_remember
  if [[ ${1-} == renew ]]; then
    builtin printf -v all '\n%s' "${lines[@]}"
    kept=()
    for line in "${_aws_use_keys[@]}" "${lines[@]}"; do
      case $line in
        AWS_REGION* | AWS_DEFAULT_REGION* | AWS_PROFILE* | AWS_DEFAULT_PROFILE* | AWS_ACCOUNT_ID*) ;;
        # A bare key unsets what the message does not set.
        *=*) kept[${#kept[@]}]=$line ;;
        *) [[ $all == *$'\n'"$line="* ]] || kept[${#kept[@]}]=$line ;;
      esac
    done
    lines=("${kept[@]}")
    _aws_use_active=1
    builtin unset -v "${_aws_use_marks[@]}"
  else
    _aws_use_note_words "$@"
    _aws_use_active=1
    _aws_use_restore
  fi
  # Both at once cost half of what _aws_use_assign does; what is left of a line without its = is a key to unset.
  # shellcheck disable=SC2068,SC2163
  builtin export "${lines[@]}" && builtin unset -v ${lines[@]/*=*/}
  _aws_use_failed_at=0
  if [[ -n ${AWS_USE_PROFILE-} ]]; then
    builtin export AWS_USE_KEY_ID="${AWS_ACCESS_KEY_ID-}"
    if [[ -n $added ]]; then builtin export AWS_USE_ADDED="$added"; fi
  else
    _aws_use_active=0
  fi
  # A prompt whose hook comes before ours shows at once what is active.
  if [[ $- == *i* ]]; then
    _aws_use_join_prompt
    _aws_use_refresh
  else
    _aws_use_guards
  fi
}

## command: aws-use, aws-token

aws-use() { _aws_use_safely _aws_use_main "$@"; }

aws-token() { _aws_use_safely _aws_use_main token "$@"; }

_aws_use_main() {
  if [[ ! -e /dev/fd/2 && -z ${_aws_use_silenced-} && -d /dev/fd ]]; then # closed: what is opened next would become stderr
    builtin local _aws_use_silenced=1
    _aws_use_main "$@" 2>/dev/null
    builtin return
  fi
  case ${1-} in
    off) _aws_use_off "${@:2}" ;;
    renew) _aws_use_renew "${@:2}" ;;
    *)
      # What is no verb is a profile, and nothing at all picks one.
      if [[ ${1:-use} == use || $_aws_use_verbs != *" $1 "* ]]; then _aws_use_may_set "$@" || builtin return; fi
      if (($# == 1)) && _aws_use_switch "$1"; then builtin return 0; fi
      _aws_use_ask "$@"
      ;;
  esac
}

# Finds the core and sets `core` of the caller; as PATH would, but not in a folder that depends on where the person is.
_aws_use_find() {
  builtin local file="$_aws_use_file" folder beside='' rest
  # Only an installed plugin knows what lies two folders above it.
  [[ $file != */share/aws-use/aws-use.bash ]] || beside=${file%/*/*/*}/bin
  rest=${PATH-}:$beside:${HOME-}/.local/bin:
  while [[ -n $rest ]]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    core=$folder/aws-use
    if [[ $core == /?* && -f $core && -x $core ]]; then builtin return 0; fi
  done
  builtin local installer="${file%/*/*}/install.sh"
  if [[ -f $installer ]]; then
    builtin printf -v installer %q "$installer"
  else
    installer="./install.sh, in a copy of the source of aws-use"
  fi
  _aws_use_fail "the program aws-use is not installed" "install it with: $installer"
  builtin return 69
}

# Becomes the core; runs in a subshell only. Renewal and the next profile must start from the person's own variables;
# `status` and `doctor` report on the active ones.
_aws_use_core() {
  builtin local core="$1" word person=1 name
  builtin shift
  builtin unset -v AWS_USE_ACTIVE AWS_USE_ACTIVE_EXPIRES_AT AWS_USE_ACTIVE_DIR AWS_USE_SUBSHELL AWS_USE_SHELL_WAITS
  if [[ -n ${AWS_USE_PROFILE-} ]]; then
    builtin export AWS_USE_ACTIVE="$AWS_USE_PROFILE" AWS_USE_ACTIVE_EXPIRES_AT="${AWS_USE_EXPIRES_AT-}"
    if [[ ${1-} == status || ${1-} == doctor ]]; then
      person=0
      for word; do
        [[ $word != --explain && $word != --explain=* ]] || person=1
      done
    fi
    ((!person)) || _aws_use_restore 2>/dev/null # what is read-only stays
    # Where a policy file of the repeated words lies.
    if [[ ${1-} == renew && -n ${_aws_use_folder-} ]]; then builtin export AWS_USE_ACTIVE_DIR="$_aws_use_folder"; fi
  fi
  [[ -n ${_aws_use_guarding-} ]] || builtin unset -v AWS_USE_GUARDED
  [[ ${1-} != doctor ]] || _aws_use_look
  # A person may set these without exporting them.
  for name in AWS_USE_CACHE_DIR AWS_USE_COMPAT AWS_USE_GUARD AWS_USE_MARGIN AWS_USE_NOTIFY AWS_USE_YKMAN; do
    [[ -z ${!name+set} ]] || builtin export "${name?}"
  done
  builtin export AWS_USE_FD=3 AWS_USE_PLUGIN="bash/$_aws_use_version" AWS_USE_PLUGIN_FILE="$_aws_use_file"
  [[ -z $_aws_use_told ]] || builtin unset -v AWS_USE_PLUGIN_FILE
  builtin exec "$core" "$@"
}

# For `doctor`: whether the prompt shows our text (`stale`: its hook is gone), and which commands are not guarded because
# something of the person's own goes first. Our own functions, which name the text too, are left out: this is a subshell.
_aws_use_look() {
  builtin local name seen=0 skipped='' text
  # shellcheck disable=SC2046 # names of functions that begin so have no space
  text=${PS1-}${PROMPT_COMMAND[*]-}$(\builtin unset -f $(\builtin compgen -A function _aws_use_) && builtin declare -f)
  [[ $text != *AWS_USE_PROMPT* ]] || seen=1
  # In any variable, because prompts such as starship keep the PROMPT_COMMAND of before in one of theirs.
  [[ ${PROMPT_COMMAND[*]-} == *__bp_* ]] || precmd_functions=()
  builtin unset -v _aws_use_hook_text
  text=$(\builtin set -o posix && builtin set) # variables alone: bash 3.2 lists functions too
  [[ $- != *i* || -n ${BLE_VERSION-} || $text == *_aws_use_precmd* ]] || seen=stale
  for name in ${AWS_USE_GUARD-$_aws_use_usual}; do
    text=$(\builtin declare -f "$name")
    [[ -n $text && $text != *"_aws_use_guard $name "* ]] || _aws_use_is_renamed "$name" || continue
    if builtin type -P "$name" >/dev/null; then skipped="$skipped $name"; fi
  done
  builtin export AWS_USE_PROMPT_SEEN="$seen" AWS_USE_GUARDS_SKIPPED="${skipped# }"
}

# Runs the core with the wire on descriptor 3 and applies its answer; its status, or 70 for a message that is refused.
# stdin, stdout and stderr stay the person's. _aws_use_failure is what the core says to a guard instead of stderr, and
# _aws_use_unasked is set where it failed because nobody could be asked for a code.
_aws_use_ask() {
  builtin local core='' wire='' code=70 rest lines
  _aws_use_failure=
  _aws_use_find || builtin return
  # Closed: what is put aside below must be there, and the pipe must not take its place.
  if [[ -z ${_aws_use_reopened-} && -d /dev/fd && ! (-e /dev/fd/0 && -e /dev/fd/1) ]]; then
    builtin local _aws_use_reopened=1
    if [[ -e /dev/fd/1 ]]; then
      _aws_use_ask "$@" </dev/null
    elif [[ -e /dev/fd/0 ]]; then
      _aws_use_ask "$@" >/dev/null
    else
      _aws_use_ask "$@" </dev/null >/dev/null
    fi
    builtin return
  fi
  {
    wire=$(_aws_use_core "$core" "$@" 3>&1 >&4 4>&-)
    code=$?
  } 4>&1
  # The core has told that this plugin is of another version, which once is enough.
  if [[ $wire == '# told'* ]]; then
    _aws_use_told=1
    wire=${wire#'# told'}
    wire=${wire#$'\n'}
  fi
  if ((code)); then
    # A core that died once it had answered leaves the credentials here: without that first line it is no text to show.
    case $wire in
      '# failed'$'\n'*) _aws_use_failure=${wire#*$'\n'} ;;
      '# unasked'$'\n'*) _aws_use_failure=${wire#*$'\n'} _aws_use_unasked=1 ;;
    esac
    builtin return "$code"
  fi
  [[ -n $wire ]] || builtin return 0
  lines=()
  rest=$wire$'\n'
  while [[ -n $rest ]]; do
    lines[${#lines[@]}]=${rest%%$'\n'*}
    rest=${rest#*$'\n'}
  done
  if ! _aws_use_check; then
    _aws_use_fail "the program aws-use sent a line that this plugin does not know; nothing was changed" \
      "open a new shell; if it stays so, install program and plugin again"
    builtin return 70
  fi
  _aws_use_guard_path= # what has been installed since the guards were made gets one
  _aws_use_activate "$@" || builtin return
  [[ ${1-} == renew ]] || _aws_use_warn_subshell
}

# Who pipes the answer would look for the credentials in vain. Who types parentheses, with the terminal inside, wants them there.
_aws_use_warn_subshell() {
  [[ $- == *i* && (! -t 0 || ! -t 1) ]] && ((BASH_SUBSHELL > _aws_use_level)) || builtin return 0
  builtin printf '%s\n' \
    "aws-use: warning: this shell is as before: in a pipe or \$(…), aws-use reaches a subshell only" >&2
}

# Renewal repeats the words of the activation, so that what they added (a region, a policy) is there again.
_aws_use_renew() {
  _aws_use_may_set "$@" || builtin return
  if _aws_use_is_unknown && [[ " $* " != *" -h "* && " $* " != *" --help "* ]]; then
    builtin local word=PROFILE
    if _aws_use_is_plain "$AWS_USE_PROFILE"; then word=$AWS_USE_PROFILE; fi
    _aws_use_error "${AWS_USE_PROFILE//[[:cntrl:]]/} $_aws_use_unknown" "activate it here again: aws-use $word …"
    builtin return 78
  elif ((!_aws_use_active)); then
    _aws_use_ask renew "$@"
  elif ((${#_aws_use_words[@]})); then
    _aws_use_ask renew "$@" -- "${_aws_use_words[@]}"
  else
    _aws_use_ask renew "$@" -- -- "${AWS_USE_PROFILE-}"
  fi
}

# True if what is active has additions that this shell did not hear. Without them a renewal would allow more than was asked for.
_aws_use_is_unknown() { ((!_aws_use_active)) && [[ -n ${AWS_USE_PROFILE-} && -n ${AWS_USE_ADDED-} ]]; }

_aws_use_unknown="was activated with additions in another shell, which this one does not know"

_aws_use_off() {
  if [[ ${1-} == -h || ${1-} == --help ]]; then
    builtin printf '%s\n' "aws-use off: back to what this shell had before the first activation"
    builtin return 0
  elif (($#)); then
    _aws_use_error "off takes no arguments" "type: aws-use off"
    builtin return 64
  fi
  builtin local profile="${AWS_USE_PROFILE-}"
  if ((!_aws_use_active)) && [[ -z $profile ]]; then
    builtin printf '%s\n' "nothing is active" >&2
    builtin return 0
  fi
  _aws_use_may_set || builtin return
  _aws_use_restore
  _aws_use_active=0 _aws_use_folder='' _aws_use_before=() _aws_use_plain=() _aws_use_words=()
  _aws_use_refresh
  profile=${profile:-what was active}
  builtin printf '%s\n' "${profile//[[:cntrl:]]/} is off" >&2
  _aws_use_warn_subshell
}

# True if $1 is a profile's name that means itself wherever it is typed: no word to a shell, and no verb.
_aws_use_is_plain() { [[ $1 != *[!A-Za-z0-9._@+-]* && $1 == [!-]* && $_aws_use_verbs != *" $1 "* ]]; }

# Activates a profile from the core's file of it, without a process; false where there is any doubt, and the core is asked.
_aws_use_switch() {
  builtin local name="$1" root="${AWS_USE_CACHE_DIR-}" home="${HOME-}" file other folder='' found='' path line lines expires='' left REPLY
  _aws_use_is_plain "$name" || builtin return 1
  if [[ -z $root && -n ${XDG_RUNTIME_DIR-} ]]; then root=$XDG_RUNTIME_DIR/aws-use; fi
  root=${root:-${XDG_CACHE_HOME:-${HOME-}/.cache}/aws-use}
  while [[ $root == ?*/ ]]; do root=${root%/}; done
  file=$root/env/$name
  # Mode bits cannot be read without a process; that the folder is ours, and closed, stands for them.
  [[ $root == /* && -f $file && ! -L $file && -O $file ]] || builtin return 1
  [[ ! -L $root && -O $root && ! -L $root/env && -O $root/env ]] || builtin return 1
  home=${home%/}
  # What moves or removes a file leaves its trace in the folder. Where a path says that a link may be on its way, or a $ that
  # only the core expands, or nothing, there is doubt.
  for other in "${AWS_CONFIG_FILE-$home/.aws/config}" "${AWS_SHARED_CREDENTIALS_FILE-$home/.aws/credentials}"; do
    # shellcheck disable=SC2088 # a tilde in a variable is what botocore expands, too
    [[ $other != "~/"* ]] || other=$home${other#"~"}
    [[ $other == /* && $other != *[$]* && $other != *//* && $other != */./* && $other != */../* ]] || builtin return 1
    [[ ! -f $other ]] || found=1
    for path in "$other" "${other%/*}/."; do
      # What is there is newer than what is not. Both files mostly lie in one folder, which is looked at once.
      [[ $path == "$folder" ]] || [[ ! -L ${path%/.} && $file -nt $path ]] || builtin return 1
    done
    folder=$path
    path=${path%/*/.}
    while [[ $path != "$home" && -n $path ]]; do
      [[ ! -L $path ]] || builtin return 1
      path=${path%/*}
    done
  done
  # Where both are gone, so is the profile.
  [[ -n $found ]] || builtin return 1
  _aws_use_read_lines "$file"
  other="# ${HOME-}"$'\t'"${AWS_CONFIG_FILE-}"$'\t'"${AWS_SHARED_CREDENTIALS_FILE-}"$'\t'"${AWS_ENDPOINT_URL-}"
  other=$other$'\t'"${AWS_ENDPOINT_URL_STS-}"$'\t'"${AWS_ENDPOINT_URL_IAM-}"$'\t'"${AWS_USE_COMPAT-}"
  other=$other$'\t'"${AWS_IGNORE_CONFIGURED_ENDPOINT_URLS-}"
  # After them, when it was written: nothing can be told from the times of a file that a clock made which was ahead.
  line=${lines[0]-}
  line=${line##*$'\t'}
  _aws_use_now
  [[ ${lines[0]-} == "$other"$'\t'"$line" ]] && _aws_use_is_time "$line" && ((10#$line <= REPLY)) || builtin return 1
  builtin unset -v 'lines[0]'
  _aws_use_check || builtin return 1
  other=
  for line in "${lines[@]}"; do
    case $line in
      AWS_USE_EXPIRES_AT=*) expires=${line#*=} ;;
      AWS_USE_PROFILE=*) other=${line#*=} ;;
    esac
  done
  [[ $other == "$name" && -n $expires ]] || builtin return 1
  left=$((10#$expires - REPLY))
  _aws_use_margin && ((left > REPLY)) || builtin return 1
  _aws_use_activate use "$name" || builtin return 1
  _aws_use_count "$root/uses" "$name"
  _aws_use_left "$((left - 1))" # as the core says it: the second that runs is no whole one
  case ${AWS_USE_IDENTITY-} in
    *@*) line="$name as $AWS_USE_IDENTITY, $REPLY" ;;
    ?*) line="$name in $AWS_USE_IDENTITY, $REPLY" ;;
    *) line="$name, $REPLY" ;;
  esac
  if [[ -t 2 && -z ${NO_COLOR-} ]]; then line=$'\e[32m'$line$'\e[0m'; fi
  builtin printf '%s\n' "$line" >&2
  _aws_use_warn_subshell
}

# Counts a use in the core's list. Only the core makes that file, with the mode it wants.
_aws_use_count() {
  if [[ -f $1 && ! -L $1 && -O $1 ]]; then { builtin printf '%s\n' "$2" >>"$1"; } 2>/dev/null; fi
}

## prompt: AWS_USE_PROMPT and AWS_USE_STATE

# REPLY: whole seconds since 1970.
_aws_use_now() {
  _aws_use_clock
  REPLY=$_aws_use_time
}

# REPLY: the seconds of AWS_USE_MARGIN (a number with s, m or h); 10 minutes where it is none, and false if it says something.
_aws_use_margin() {
  builtin local margin="${AWS_USE_MARGIN-}" unit=1
  case $margin in
    '')
      REPLY=600
      builtin return
      ;;
    *s) margin=${margin%s} ;;
    *m) margin=${margin%m} unit=60 ;;
    *h) margin=${margin%h} unit=3600 ;;
  esac
  if _aws_use_is_time "$margin" && ((${#margin} <= 9)); then
    REPLY=$((10#$margin * unit))
  else
    REPLY=600
    builtin return 1
  fi
}

# REPLY: $1 seconds in words that fit a prompt: 45s, 59m, 2h05m, 11h. Notes for how many more seconds they hold.
_aws_use_left() {
  if (($1 < 60)); then
    REPLY=$1s _aws_use_holds=0
  elif (($1 < 3600)); then
    REPLY=$(($1 / 60))m _aws_use_holds=$(($1 % 60))
  elif (($1 < 36000)); then
    REPLY=$(($1 / 3600))h _aws_use_holds=$(($1 % 60))
    if (($1 % 3600 >= 60)); then builtin printf -v REPLY '%s%02dm' "$REPLY" "$(($1 % 3600 / 60))"; fi
  else
    REPLY=$(($1 / 3600))h _aws_use_holds=$(($1 % 3600))
  fi
}

# True if AWS_USE_DANGER, globs of * and ? alone, names the profile.
_aws_use_is_danger() {
  [[ -n ${AWS_USE_DANGER-} ]] || builtin return 1
  builtin local glob found=1
  builtin shopt -s nocasematch
  for glob in ${AWS_USE_DANGER-}; do
    glob=${glob//\\/\\\\}
    glob=${glob//\[/\\[}
    glob=${glob//\(/\\(}
    # shellcheck disable=SC2053 # a pattern is what it is
    [[ $AWS_USE_PROFILE != $glob ]] || found=0
  done
  builtin shopt -u nocasematch
  builtin return "$found"
}

# What the prompt is made from, but for the time.
_aws_use_note_inputs() {
  _aws_use_inputs=${AWS_USE_PROFILE-}/${AWS_USE_EXPIRES_AT-}/${AWS_USE_MARGIN-}/${AWS_USE_IDENTITY-}/${AWS_REGION-unset}
  _aws_use_inputs+=/${AWS_DEFAULT_REGION-}/${AWS_USE_PROMPT_FORMAT-unset}/${AWS_USE_DANGER-}/${PATH-}/${AWS_USE_GUARD-unset}
  _aws_use_inputs+=/${AWS_USE_STATE-}
}

# Appended, because what comes first in PROMPT_COMMAND may read $PIPESTATUS; with a newline, because what is there may end
# in a semicolon or a comment. Also at each activation where the hook has not run, because a start-up file may have thrown it
# out again.
# A hook that returns the status of before would set off a trap of ERR once more, were it not the first of two.
_aws_use_join_prompt() {
  if [[ -n $_aws_use_hooked || "${PROMPT_COMMAND[*]-}${precmd_functions[*]-}" == *_aws_use_precmd* ]]; then
    _aws_use_hooked=
  elif [[ -n ${BLE_VERSION-} ]]; then
    blehook PRECMD!=_aws_use_precmd
  elif [[ "${PROMPT_COMMAND[*]-}" == *__bp_* ]]; then
    precmd_functions+=(_aws_use_precmd) # bash-preexec takes what follows its own command for one that is typed
  elif ! _aws_use_is_readonly PROMPT_COMMAND; then
    PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$_aws_use_hook_text
  fi
}

_aws_use_hook_text='_aws_use_precmd && :'

# Keeps $? for what comes after it. Also gives back what Ctrl-C kept _aws_use_safely from giving back.
_aws_use_precmd() {
  _aws_use_last=$? _aws_use_hooked=1
  _aws_use_note_inputs
  _aws_use_clock
  if [[ $_aws_use_inputs != "$_aws_use_prompt_key" || -n $_aws_use_flags$_aws_use_shadow$_aws_use_first ]] ||
    ((_aws_use_time < _aws_use_prompt_from)) ||
    ((_aws_use_time > _aws_use_prompt_until && _aws_use_time > _aws_use_prompt_ticks)); then
    _aws_use_safely _aws_use_hook
  else
    if ((_aws_use_time > _aws_use_prompt_until)); then _aws_use_tick; fi
    if ((_aws_use_last)); then _aws_use_safely _aws_use_keep_status; fi
  fi
}

# Brings the time left up to date, where nothing else can have changed.
_aws_use_tick() {
  builtin local REPLY
  _aws_use_left "$((_aws_use_prompt_end - _aws_use_time - 1))"
  AWS_USE_PROMPT=$_aws_use_prompt_head$REPLY$_aws_use_prompt_tail
  _aws_use_prompt_from=$_aws_use_time
  _aws_use_prompt_until=$((_aws_use_time + _aws_use_holds))
  ((_aws_use_prompt_until <= _aws_use_prompt_ticks)) || _aws_use_prompt_until=$_aws_use_prompt_ticks
}

_aws_use_hook() {
  _aws_use_refresh
  if [[ -n $_aws_use_first ]]; then
    _aws_use_first=
    if [[ ${PROMPT_COMMAND-} == *__bp_in* ]] && ((${#PROMPT_COMMAND[@]} > 1)); then _aws_use_make_way; fi
  fi
  _aws_use_keep_status
}

# Up to 0.5 bash-preexec, which sets itself up at the first prompt, takes the first element for all there is, and what runs in
# the next one for a command that is typed. So no element is there that would not be without us, and it calls our hook itself.
_aws_use_make_way() {
  builtin local at text="$PROMPT_COMMAND"
  ! _aws_use_is_readonly PROMPT_COMMAND || builtin return 0
  for at in "${!PROMPT_COMMAND[@]}"; do
    ((at)) || continue
    if [[ ${PROMPT_COMMAND[at]} == "$_aws_use_hook_text" ]]; then
      PROMPT_COMMAND[at]='' # which runs just now, so it stays an element
    elif [[ $text == *"$_aws_use_hook_text"* ]]; then
      # What would have begun the array takes our place.
      PROMPT_COMMAND[0]=${text/"$_aws_use_hook_text"/"${PROMPT_COMMAND[at]}"$'\n':}
      builtin unset -v "PROMPT_COMMAND[$at]"
    else
      continue
    fi
    precmd_functions+=(_aws_use_precmd)
    builtin break
  done
}

_aws_use_keep_status() { builtin return "$_aws_use_last"; }

# Brings prompt text, state and guards up to date, and notes until when they are.
_aws_use_refresh() {
  builtin local REPLY left='' seconds=0 state=live holds=1000000 ticks=-1
  _aws_use_guards
  _aws_use_now
  if [[ -z ${AWS_USE_PROFILE-} ]]; then
    builtin unset -v AWS_USE_PROMPT AWS_USE_STATE
  else
    if _aws_use_is_time "${AWS_USE_EXPIRES_AT-}"; then
      seconds=$((10#$AWS_USE_EXPIRES_AT - REPLY))
      if ((seconds <= 0)); then
        left=expired state=expired
      else
        _aws_use_margin
        # The state holds until the margin or the end is reached.
        ticks=$((seconds < REPLY ? seconds - 1 : seconds - REPLY))
        if ((seconds < REPLY)); then state=expiring; fi
        _aws_use_left "$((seconds - 1))" # as the core says it: the second that runs is no whole one
        left=$REPLY holds=$((_aws_use_holds < ticks ? _aws_use_holds : ticks))
      fi
    fi
    if [[ $state != expired ]] && _aws_use_is_danger; then state=danger; fi
    _aws_use_format
    builtin export AWS_USE_PROMPT="$REPLY" AWS_USE_STATE="$state"
  fi
  _aws_use_note_inputs
  _aws_use_prompt_key=$_aws_use_inputs
  _aws_use_prompt_from=$_aws_use_time
  _aws_use_prompt_until=$((_aws_use_time + holds))
  _aws_use_prompt_ticks=$((ticks < 0 ? ticks : _aws_use_time + ticks))
  _aws_use_prompt_end=$((_aws_use_time + seconds))
}

# REPLY: the prompt's text out of AWS_USE_PROMPT_FORMAT, and of `left` and `state` of the caller. Where the time left does not
# stand in it once, the caller's `ticks` becomes -1.
_aws_use_format() {
  builtin local format account="${AWS_USE_IDENTITY##*@}" region="${AWS_REGION-${AWS_DEFAULT_REGION-}}"
  builtin local text='' word head='' lefts=0
  if [[ -n ${AWS_USE_PROMPT_FORMAT+set} ]]; then
    format=$AWS_USE_PROMPT_FORMAT
  else
    head="$AWS_USE_PROFILE " format='' lefts=1 # what the loop would make of it, in half the time
  fi
  while [[ $format == *"{"*"}"* ]]; do
    text=$text${format%%"{"*}
    format=${format#*"{"}
    word=${format%%"}"*}
    format=${format#*"}"}
    case $word in
      profile) text=$text$AWS_USE_PROFILE ;;
      account) text=$text$account ;;
      region) text=$text$region ;;
      left)
        if ((lefts++)); then
          text=$text$left
        else
          head=$text text=''
        fi
        ;;
      sign)
        case $state in
          expiring) text="$text!" ;;
          expired) text=${text}x ;;
          danger) text="$text#" ;;
        esac
        ;;
      *) text="$text{$word}" ;;
    esac
  done
  text=$text$format
  _aws_use_prompt_head=${head//[[:cntrl:]]/}
  _aws_use_prompt_tail=${text//[[:cntrl:]]/}
  # Where each byte is a character, what begins so is a control character to a terminal that reads UTF-8.
  word=$'\xc2\x9b'
  if ((${#word} == 2)); then
    word=$'\xc2'[$'\x80'-$'\x9f']
    while [[ $_aws_use_prompt_head == *$word* ]]; do _aws_use_prompt_head=${_aws_use_prompt_head//$word/}; done
    while [[ $_aws_use_prompt_tail == *$word* ]]; do _aws_use_prompt_tail=${_aws_use_prompt_tail//$word/}; done
  fi
  while [[ $_aws_use_prompt_tail == *" " ]]; do _aws_use_prompt_tail=${_aws_use_prompt_tail% }; done
  ((lefts == 1)) || ticks=-1
  ((lefts)) || left=
  REPLY=$_aws_use_prompt_head$left$_aws_use_prompt_tail
  while [[ $REPLY == *" " ]]; do REPLY=${REPLY% }; done
}

## guard: renewal before a command that uses AWS

# Makes the guards that AWS_USE_GUARD asks for while a profile is active, and removes those it does not.
_aws_use_guards() {
  builtin local list='' name REPLY
  [[ -z ${AWS_USE_PROFILE-} ]] || list=${AWS_USE_GUARD-$_aws_use_usual}
  if [[ $list != "$_aws_use_guard_list" ]]; then
    if ((${#_aws_use_guarded[@]})); then
      # A function of that name which the person has defined since is theirs. Only its text tells, which costs a process.
      REPLY=$(\builtin declare -f "${_aws_use_guarded[@]}")
      for name in "${_aws_use_guarded[@]}"; do
        [[ $REPLY != *"_aws_use_guard $name "* ]] || builtin unset -f "$name"
      done
      _aws_use_guarded=()
    fi
  elif [[ $PATH == "$_aws_use_guard_path" ]]; then
    builtin return 0
  fi
  for name in $list; do
    [[ $name != *[!A-Za-z0-9_.+-]* && $name == [A-Za-z0-9_]* ]] || continue
    if builtin declare -F "$name" >/dev/null || _aws_use_is_renamed "$name"; then continue; fi
    builtin type -P "$name" >/dev/null || continue
    ! builtin compgen -A builtin -X "!$name" -- "$name" >/dev/null || continue
    builtin eval "function $name { _aws_use_guard $name \"\$@\"; }"
    _aws_use_guarded[${#_aws_use_guarded[@]}]=$name
  done
  _aws_use_guard_list=$list _aws_use_guard_path=$PATH
}

# True if an alias of the person's own stands in for the command $1. One that begins with the command itself expands into the
# guard.
_aws_use_is_renamed() {
  builtin local REPLY
  _aws_use_alias "$1"
  REPLY=${REPLY%%[[:space:]]*}
  REPLY=${REPLY//[\"\'\\]/} # as in aws='\aws --x'
  [[ -n $REPLY && $REPLY != "$1" ]]
}

_aws_use_guard() {
  _aws_use_safely _aws_use_ready && _aws_use_safely builtin command -- "$@"
}

# True if a command that uses AWS may run now; renews first when less than the margin is left. Keys that are no longer those
# of the activation are the person's own affair.
_aws_use_ready() {
  [[ -n ${AWS_USE_GUARD-unset} && -n ${AWS_USE_PROFILE-} ]] || builtin return 0
  [[ -z ${COMP_LINE-} ]] || builtin return 0 # a completion runs it, and nobody has typed it yet
  _aws_use_is_time "${AWS_USE_EXPIRES_AT-}" || builtin return 0
  [[ -z ${AWS_USE_KEY_ID-} || $AWS_USE_KEY_ID == "${AWS_ACCESS_KEY_ID-}" ]] || builtin return 0
  if [[ ! -e /dev/fd/2 && -z ${_aws_use_silenced-} && -d /dev/fd ]]; then # closed
    builtin local _aws_use_silenced=1
    _aws_use_ready 2>/dev/null
    builtin return
  fi
  builtin local REPLY now margin left code live=60 options message hint silently=''
  builtin local -x AWS_USE_GUARDED=1
  builtin local _aws_use_guarding=1
  _aws_use_margin || builtin printf '%s\n' 'aws-use: warning: AWS_USE_MARGIN is no duration (45m, 2h): 10m is taken' >&2
  margin=$REPLY
  _aws_use_now && now=$REPLY
  left=$((10#$AWS_USE_EXPIRES_AT - now))
  ((left < margin)) || builtin return 0
  [[ -t 2 ]] || silently=" silently"
  if ((left > 0 && now - _aws_use_unmet_at < 60)) &&
    [[ $_aws_use_unmet == "$AWS_USE_PROFILE $margin" || $_aws_use_unmet == "$AWS_USE_PROFILE $margin$silently" ]]; then
    _aws_use_left "$margin"
    _aws_use_warn "$left" "cannot have $REPLY"
    builtin return 0
  fi
  if _aws_use_is_unknown; then
    if ((left >= 60)); then _aws_use_warn "$left" "$_aws_use_unknown"; else _aws_use_renew; fi
    builtin return
  fi
  if ((_aws_use_failed_at <= now && now - _aws_use_failed_at < 60)) && [[ -z $_aws_use_unasked || -n $silently ]]; then
    if ((left > 0)); then
      _aws_use_warn "$left" "could not be renewed$_aws_use_why"
      builtin return 0
    fi
    _aws_use_error "${AWS_USE_PROFILE//[[:cntrl:]]/} has expired and could not be renewed a moment ago$_aws_use_why" \
      "renew it with: aws-use renew"
    builtin return 75
  fi
  # What holds when Ctrl-C leaves this function.
  _aws_use_failed_at=$now _aws_use_why=": cancelled" _aws_use_unasked=
  options=(--margin "$margin" ${silently:+--no-touch})
  # What is piped to the command is not the core's to read, and what the command prints is not the core's to add to.
  if [[ -t 0 ]]; then _aws_use_renew "${options[@]}" >&2; else _aws_use_renew "${options[@]}" >&2 </dev/null; fi
  code=$?
  _aws_use_now && now=$REPLY
  left=$((10#$AWS_USE_EXPIRES_AT - now))
  if ((code == 0)); then
    _aws_use_failed_at=0
    # The most there is, for want of a touch or at all: no use in asking again at once.
    ((left >= margin)) || _aws_use_unmet_at=$now _aws_use_unmet="$AWS_USE_PROFILE $margin$silently"
    builtin return 0
  fi
  _aws_use_failed_at=$now
  ((code != 130)) || builtin return 130
  if ((code == 75)) && [[ -z $_aws_use_failure && -n $silently ]]; then _aws_use_unasked=1; fi
  _aws_use_why=${_aws_use_failure%%$'\n'*}
  message=${_aws_use_failure#*$'\n'}
  hint=${message#*$'\n'} message=${message%%$'\n'*}
  _aws_use_why=${_aws_use_why:+": ${_aws_use_why//[[:cntrl:]]/}"}
  [[ -z $_aws_use_unasked ]] || live=1
  if ((left >= live)); then
    _aws_use_warn "$left" "could not be renewed$_aws_use_why"
  else
    [[ -z $message ]] || _aws_use_error "${message//[[:cntrl:]]/}" "${hint//[[:cntrl:]]/}"
    builtin return "$code"
  fi
}

_aws_use_warn() {
  _aws_use_left "$(($1 - 1))" # as the core says it
  builtin printf 'aws-use: warning: %s has %s left and %s\n' "${AWS_USE_PROFILE//[[:cntrl:]]/}" "$REPLY" "$2" >&2
}

## unload

# Off, and nothing of ours is left but the person's settings.
aws-use_plugin_unload() {
  _aws_use_safely _aws_use_unload
  builtin unset -f "${_aws_use_functions[@]}"
  builtin unset -v "${!_aws_use_@}"
}

_aws_use_unload() {
  builtin local name kept at text
  if ((_aws_use_active)) || [[ -n ${AWS_USE_PROFILE-} ]]; then _aws_use_off; fi
  builtin unset -v AWS_USE_PROMPT AWS_USE_STATE "${_aws_use_marks[@]}"
  builtin complete -r aws-use aws-token 2>/dev/null
  if [[ "${PROMPT_COMMAND[*]-}" == *_aws_use_precmd* ]] && ! _aws_use_is_readonly PROMPT_COMMAND; then
    for at in "${!PROMPT_COMMAND[@]}"; do
      text=${PROMPT_COMMAND[at]}
      [[ $text == *_aws_use_precmd* ]] || continue
      text=${text//"$_aws_use_hook_text"; /} # where something was put behind it
      text=${text//"$_aws_use_hook_text";/}
      text=${text//$'\n'"$_aws_use_hook_text"/}
      text=${text//"$_aws_use_hook_text"/}
      # shellcheck disable=SC2178 # a string stays one
      if [[ -z $text ]] && ((${#PROMPT_COMMAND[@]} > 1)); then
        builtin unset -v "PROMPT_COMMAND[$at]"
      elif ((at)); then
        PROMPT_COMMAND[at]=$text
      else
        PROMPT_COMMAND=$text
      fi
    done
    [[ -n ${PROMPT_COMMAND[*]} ]] || builtin unset -v PROMPT_COMMAND
  fi
  kept=()
  for name in "${precmd_functions[@]}"; do
    [[ $name == _aws_use_precmd ]] || kept[${#kept[@]}]=$name
  done
  if [[ -n ${precmd_functions+set} ]]; then precmd_functions=("${kept[@]}"); fi
  if [[ -n ${BLE_VERSION-} ]]; then blehook PRECMD-=_aws_use_precmd; fi
  # shellcheck disable=SC2207 # names of functions that begin so have no space
  _aws_use_functions=(aws-use aws-token aws-use_plugin_unload $(\builtin compgen -A function _aws_use_))
}

_aws_use_told=
_aws_use_level=$BASH_SUBSHELL
_aws_use_file=${BASH_SOURCE[0]}
[[ $_aws_use_file == /* ]] || _aws_use_file=$PWD/$_aws_use_file

if [[ $- == *i* ]]; then _aws_use_join_prompt; fi

if [[ :$_aws_use_load: == *:aliases:* ]]; then builtin shopt -s expand_aliases; fi
if [[ :$_aws_use_load: == *:posix:* ]]; then \builtin set -o posix; fi
if [[ :$_aws_use_load: == *:allexport:* ]]; then \builtin set -o allexport; fi
\builtin unset -v _aws_use_load
if [[ -n $_aws_use_shadow ]]; then
  \builtin eval "$_aws_use_shadow"
  _aws_use_shadow=
fi
