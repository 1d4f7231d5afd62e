# aws-use for zsh 5.1 and newer: short-lived AWS credentials in this shell.
#
# Defines  aws-use, aws-token, aws-use_plugin_unload and private names _aws_use_*; for powerlevel10k prompt_aws_use and
#          instant_prompt_aws_use; while a profile is active, guards named like the commands of AWS_USE_GUARD.
# Reads    AWS_USE_CACHE_DIR, AWS_USE_COMPAT, AWS_USE_DANGER, AWS_USE_GUARD, AWS_USE_MARGIN, AWS_USE_PROMPT_FORMAT.
# Keeps    AWS_USE_PROMPT, AWS_USE_STATE, AWS_USE_KEY_ID and AWS_USE_ADDED, exported, while a profile is active.
#
# Loading prints nothing and starts no process. aws-use.bash and aws-use.fish have the same parts in the same order.

# What the person's shell would compile into the functions below is put aside until the last lines: aliases, options that
# change the grammar, and a function named "builtin", which zsh would prefer to the real one. Only assignments can do the
# latter, because every command could be a function as well; a disabled function is one that zsh does not see.
_aws_use_shadow=0
(( ! ${+functions[builtin]} )) || { _aws_use_shadow=1; dis_functions[builtin]=${functions[builtin]} }
# A zsh that plays sh does not load by itself what tells functions and aliases.
'builtin' 'zmodload' zsh/parameter
_aws_use_options=()
for _aws_use_option in aliases sh_glob ksh_glob ksh_arrays sh_word_split ignore_braces ignore_close_braces rc_quotes \
  csh_junkie_quotes csh_junkie_loops all_export err_exit err_return; do
  [[ ! -o $_aws_use_option ]] || _aws_use_options+=("$_aws_use_option")
done
(( ! ${#_aws_use_options} )) || 'builtin' 'unsetopt' "${_aws_use_options[@]}" # without a word it would print all options

typeset -g _aws_use_version=0.1.0
typeset -g _aws_use_file=${${(%):-%x}:A}
typeset -g _aws_use_told=
typeset -gi _aws_use_level=${ZSH_SUBSHELL-0}

# The commands that have a guard unless AWS_USE_GUARD names others.
typeset -g _aws_use_usual="aws terraform tofu terragrunt cdk sam pulumi kubectl helm eksctl packer ansible-playbook"

# The closed list of variables that aws-use may set or unset; anything else from the core is refused.
typeset -ga _aws_use_keys=(
  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_REGION AWS_DEFAULT_REGION
  AWS_USE_PROFILE AWS_USE_IDENTITY AWS_USE_EXPIRES_AT AWS_VAULT
  AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SECURITY_TOKEN AWS_ACCOUNT_ID
)

# What an activation says to the shells that inherit it: whose access key it is, and that it has additions to the profile.
typeset -ga _aws_use_marks=(AWS_USE_KEY_ID AWS_USE_ADDED)

# First words that are never a profile.
typeset -ga _aws_use_verbs=(
  use off env status list clear token init renew prompt mfa doctor keys exec credentials serve save console setup sso
  certificates guardrails help version
)

# Loading again must not forget what a former load has activated. No environment has an array, so this one is of this shell.
if [[ ${(t)_aws_use_before-} != array* ]]; then
  'builtin' 'unset' _aws_use_active _aws_use_before _aws_use_plain _aws_use_words _aws_use_folder _aws_use_guarded \
    _aws_use_guard_list _aws_use_guard_path _aws_use_unmet _aws_use_why _aws_use_unasked _aws_use_prompt_key \
    _aws_use_prompt_from _aws_use_prompt_until _aws_use_failed_at _aws_use_unmet_at _aws_use_inputs _aws_use_failure \
    _aws_use_guarding _aws_use_reopened _aws_use_silenced
  typeset -gi _aws_use_active=0   # 1: this shell has activated a profile, rather than inherited one
  typeset -ga _aws_use_before=()  # wire lines of what the first activation replaced
  typeset -ga _aws_use_plain=()   # those of them that were not exported
  typeset -ga _aws_use_words=()   # the words after "use" that made what is active
  typeset -g _aws_use_folder=     # the folder they were typed in
  typeset -ga _aws_use_guarded=() # commands that have a guard
  typeset -g _aws_use_guard_list= # the value of AWS_USE_GUARD they were made from
  typeset -g _aws_use_guard_path= # the PATH on which the commands were looked for
  typeset -g _aws_use_unmet=      # the profile and margin that could not be met
  typeset -g _aws_use_why=        # why the last renewal for a guard failed
  typeset -g _aws_use_unasked=    # 1: because nobody could be asked for a code
  typeset -g _aws_use_prompt_key= # what AWS_USE_PROMPT was made from
  typeset -gi _aws_use_prompt_from=0 _aws_use_prompt_until=0 _aws_use_failed_at=0 _aws_use_unmet_at=0
  typeset -g _aws_use_inputs= _aws_use_failure=
fi
# What the prompt is brought up to date with while nothing but the time left changes.
typeset -g _aws_use_prompt_head= _aws_use_prompt_tail= # what stands around the time left
typeset -gi _aws_use_holds=0 _aws_use_prompt_end=0 _aws_use_prompt_ticks=-1 # when the credentials end; until when nothing else changes

## apply: wire lines → environment

# Runs a function of ours where nothing of the person's shell changes what its words mean; its status, or 130 after Ctrl-C.
# The status must not be lost when "builtin" is theirs again, hence two always-blocks.
_aws_use_safely() {
  local -i _aws_use_hidden=0 _aws_use_status=0
  (( ! ${+functions[builtin]} )) || { _aws_use_hidden=1; dis_functions[builtin]=${functions[builtin]} }
  builtin emulate -L zsh -o extended_glob -o no_aliases -o no_xtrace -o no_all_export -o no_err_exit -o no_err_return \
    -o unset -o clobber -o no_warn_create_global -o no_force_float
  local IFS=$' \t\n'
  {
    {
      "$@"
      _aws_use_status=$?
    } always {
      if (( TRY_BLOCK_INTERRUPT )); then
        _aws_use_status=130 TRY_BLOCK_INTERRUPT=0 TRY_BLOCK_ERROR=0
      fi
    }
    builtin return _aws_use_status
  } always {
    (( ! _aws_use_hidden )) || functions[builtin]=${dis_functions[builtin]}
  }
}

# The two lines of every error: what failed, and the way out.
_aws_use_error() {
  builtin print -ru2 -- "aws-use: error: $1"$'\n'"aws-use: hint: $2"
}

# What fails on the way to the core: for a guard it is why the renewal failed, as the core would tell it.
_aws_use_fail() {
  if [[ -n ${_aws_use_guarding-} ]]; then _aws_use_failure=$1$'\n'$1$'\n'$2; else _aws_use_error "$1" "$2"; fi
}

# True if every argument is a line of the wire. An expiry that is no number would be evaluated by arithmetic later on.
_aws_use_check() {
  local line
  for line; do
    (( ${_aws_use_keys[(Ie)${line%%\=*}]} )) && [[ $line != *[[:cntrl:]]* ]] || builtin return 1
    [[ $line != AWS_USE_EXPIRES_AT=* || ${line#*=} == [0-9](#c1,12) ]] || builtin return 1
  done
}

# Sets and exports each KEY=VALUE, unsets each KEY.
_aws_use_assign() {
  local line
  for line; do
    if [[ $line == *=* ]]; then builtin export "$line"; else builtin unset "$line"; fi
  done
}

# Puts the person's own variables back; erases those that this shell inherited, since whose they were is not known.
_aws_use_restore() {
  builtin unset "${_aws_use_keys[@]}" "${_aws_use_marks[@]}"
  if (( _aws_use_active )); then
    _aws_use_assign "${_aws_use_before[@]}"
    (( ! $#_aws_use_plain )) || builtin typeset -g +x -- "${_aws_use_plain[@]}"
  fi
}

# Notes what the first activation replaces. Variables that another shell's activation left behind are nobody's own.
_aws_use_remember() {
  local key inherited=${AWS_USE_PROFILE-}
  _aws_use_before=() _aws_use_plain=()
  for key in "${_aws_use_keys[@]}"; do
    if [[ -z $inherited ]] && (( ${(P)+key} )); then
      _aws_use_before+=("$key=${(P)key}")
      [[ ${(Pt)key} == *export* ]] || _aws_use_plain+=("$key")
    fi
  done
}

# Notes the words of an activation and where they were typed, without those that only say that one follows. Sets `added` of
# the caller where they hold more than the profile's name.
_aws_use_note_words() {
  if [[ ${1-} == use ]]; then
    builtin shift
  elif (( ! $# || ${_aws_use_verbs[(Ie)$1]} )); then
    builtin set --
  fi
  _aws_use_words=("$@")
  _aws_use_folder=$PWD
  if [[ ${1-} == -- ]]; then builtin shift; elif [[ ${1-} == -* ]]; then builtin set -- "$@" ""; fi
  added=
  if (( $# > 1 )); then added=1; fi
}

# False, and says so, where one of the variables is read-only and the words $@ ask for no help.
_aws_use_may_set() {
  local key
  for key; do
    [[ $key != -- ]] || builtin break
    [[ $key != (-h|--help|--version) ]] || builtin return 0
  done
  for key in "${_aws_use_keys[@]}" "${_aws_use_marks[@]}"; do
    [[ ${(Pt)key} == *readonly* ]] || continue
    _aws_use_fail "$key is read-only in this shell; nothing was changed" "open a shell that does not say: readonly $key"
    builtin return 78
  done
}

# Takes a checked message, `lines` of the caller, that answers the words $@: undoes the former activation, then applies it. A
# renewal leaves the words alone, and regions, AWS_PROFILE and AWS_ACCOUNT_ID: the person may have chosen others since, and for
# a single command.
_aws_use_activate() {
  local added=${AWS_USE_ADDED-}
  # What Ctrl-C leaves half done must not be renewed without its additions.
  (( _aws_use_active )) || _aws_use_remember
  if [[ ${1-} == renew ]]; then
    lines=("${(@)lines:#AWS_((DEFAULT_|)(REGION|PROFILE)|ACCOUNT_ID)(|=*)}")
    _aws_use_active=1
    builtin unset "${(@)_aws_use_keys:#AWS_((DEFAULT_|)(REGION|PROFILE)|ACCOUNT_ID)}" "${_aws_use_marks[@]}"
  else
    _aws_use_note_words "$@"
    _aws_use_active=1
    _aws_use_restore
  fi
  _aws_use_assign "${lines[@]}"
  _aws_use_failed_at=0
  if [[ -n ${AWS_USE_PROFILE-} ]]; then
    builtin export AWS_USE_KEY_ID=${AWS_ACCESS_KEY_ID-}
    if [[ -n $added ]]; then builtin export AWS_USE_ADDED=$added; fi
  else
    _aws_use_active=0
  fi
  if [[ -o interactive ]]; then
    _aws_use_join_prompt
    _aws_use_refresh
  else
    _aws_use_guards
  fi
}

## command: aws-use, aws-token

aws-use() { _aws_use_safely _aws_use_main "$@" }

aws-token() { _aws_use_safely _aws_use_main token "$@" }

_aws_use_main() {
  if [[ ! -e /dev/fd/2 && -z ${_aws_use_silenced-} && -d /dev/fd ]]; then # closed: zsh ends a script that writes to it
    local _aws_use_silenced=1
    _aws_use_main "$@" 2>/dev/null
    builtin return
  fi
  case ${1-} in
    (off) _aws_use_off "${@:2}" ;;
    (renew) _aws_use_renew "${@:2}" ;;
    (*)
      # What is no verb is a profile, and nothing at all picks one.
      if [[ ${1:-use} == use ]] || (( ! ${_aws_use_verbs[(Ie)$1]} )); then _aws_use_may_set "$@" || builtin return; fi
      (( $# == 1 )) && _aws_use_switch "$1" || _aws_use_ask "$@"
      ;;
  esac
}

# Finds the core and sets `core` of the caller; as PATH would, but not in a folder that depends on where the person is.
_aws_use_find() {
  local folder beside=
  # Only an installed plugin knows what lies two folders above it.
  [[ $_aws_use_file != */share/aws-use/aws-use.zsh ]] || beside=${_aws_use_file:h:h:h}/bin
  for folder in "${(@s.:.)PATH}" "$beside" "${HOME-}/.local/bin"; do
    if [[ $folder == /* && -f $folder/aws-use && -x $folder/aws-use ]]; then
      core=$folder/aws-use
      builtin return 0
    fi
  done
  local installer=${_aws_use_file:h:h}/install.sh
  if [[ -f $installer ]]; then installer=${(q-)installer}; else installer="./install.sh, in a copy of the source of aws-use"; fi
  _aws_use_fail "the program aws-use is not installed" "install it with: $installer"
  builtin return 69
}

# Becomes the core; runs in a subshell only. Renewal and the next profile must start from the person's own variables;
# `status` and `doctor` report on the active ones.
_aws_use_core() {
  local core=$1 key
  builtin shift
  for key in "${_aws_use_keys[@]}" "${_aws_use_marks[@]}"; do
    [[ ${(Pt)key} != *readonly* ]] || builtin typeset -g +r -- "$key"
  done
  builtin unset AWS_USE_ACTIVE AWS_USE_ACTIVE_EXPIRES_AT AWS_USE_ACTIVE_DIR AWS_USE_SUBSHELL AWS_USE_SHELL_WAITS
  # For one in a pipe an interactive zsh does not wait after Ctrl-C, and what it said then would hide the prompt.
  [[ ! -o interactive ]] || (( ${ZSH_SUBSHELL-0} <= _aws_use_level + 1 )) || builtin export AWS_USE_SUBSHELL=1
  if [[ -n ${AWS_USE_PROFILE-} ]]; then
    builtin export AWS_USE_ACTIVE=$AWS_USE_PROFILE AWS_USE_ACTIVE_EXPIRES_AT=${AWS_USE_EXPIRES_AT-}
    if [[ ${1-} != (status|doctor) ]] || (( ${@[(I)--explain(|=*)]} )); then _aws_use_restore; fi
    # Where a policy file of the repeated words lies.
    if [[ ${1-} == renew && -n ${_aws_use_folder-} ]]; then builtin export AWS_USE_ACTIVE_DIR=$_aws_use_folder; fi
  fi
  [[ -n ${_aws_use_guarding-} ]] || builtin unset AWS_USE_GUARDED
  [[ ${1-} != doctor ]] || _aws_use_look
  # A person may set these without exporting them.
  local name
  for name in AWS_USE_CACHE_DIR AWS_USE_COMPAT AWS_USE_GUARD AWS_USE_MARGIN AWS_USE_NOTIFY AWS_USE_YKMAN; do
    (( ! ${(P)+name} )) || builtin export "$name"
  done
  builtin export AWS_USE_FD=3 AWS_USE_PLUGIN=zsh/$_aws_use_version AWS_USE_PLUGIN_FILE=$_aws_use_file
  [[ -z $_aws_use_told ]] || builtin unset AWS_USE_PLUGIN_FILE
  builtin exec "$core" "$@"
}

# For `doctor`: whether the prompt shows our text (`stale`: its hook is gone), and which commands are not guarded because
# something of the person's own goes first.
_aws_use_look() {
  local name seen=0 list=${AWS_USE_GUARD-$_aws_use_usual}
  local -a skipped
  [[ ${PROMPT-}${RPROMPT-} != *AWS_USE_PROMPT* ]] || seen=1
  [[ " ${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS[*]-} ${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS[*]-} " != *" aws_use "* ]] || seen=1
  for name in ${(k)functions[(R)*AWS_USE_PROMPT*]}; do
    [[ $name == (_aws_use_*|aws-use_*|(instant_|)prompt_aws_use) ]] || seen=1
  done
  [[ ! -o interactive ]] || _aws_use_is_hooked || seen=stale
  for name in ${=list}; do
    if _aws_use_is_taken "$name" && builtin whence -p -- "$name" >/dev/null; then skipped+=("$name"); fi
  done
  builtin export AWS_USE_PROMPT_SEEN=$seen AWS_USE_GUARDS_SKIPPED="${(j: :)skipped}"
}

# Runs the core with the wire on descriptor 3 and applies its answer; its status, or 70 for a message that is refused.
# stdin, stdout and stderr stay the person's. _aws_use_failure is what the core says to a guard instead of stderr, and
# _aws_use_unasked is set where it failed because nobody could be asked for a code.
_aws_use_ask() {
  local core wire
  local -i code=70
  local -a lines
  _aws_use_failure=
  _aws_use_find || builtin return
  if [[ -z ${_aws_use_reopened-} && -d /dev/fd && ! -e /dev/fd/1 ]]; then # closed: what is put aside below must be there
    local _aws_use_reopened=1
    _aws_use_ask "$@" >/dev/null
    builtin return
  fi
  { wire=$(_aws_use_core "$core" "$@" 3>&1 >&4 4>&-); code=$? } 4>&1
  # The core has told that this plugin is of another version, which once is enough.
  if [[ $wire == '# told'* ]]; then _aws_use_told=1 wire=${${wire#\# told}#$'\n'}; fi
  if (( code )); then
    # A core that died once it had answered leaves the credentials here: without that first line it is no text to show.
    [[ $wire != '# '(failed|unasked)$'\n'* ]] || _aws_use_failure=${wire#*$'\n'}
    [[ $wire != '# unasked'$'\n'* ]] || _aws_use_unasked=1
    builtin return code
  fi
  [[ -n $wire ]] || builtin return 0
  lines=("${(@f)wire}")
  if ! _aws_use_check "${lines[@]}"; then
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
  [[ -o interactive && ( ! -t 0 || ! -t 1 ) ]] && (( ${ZSH_SUBSHELL-0} > _aws_use_level )) || builtin return 0
  builtin print -ru2 -- 'aws-use: warning: this shell is as before: in a pipe or $(…), aws-use reaches a subshell only'
}

# Renewal repeats the words of the activation, so that what they added (a region, a policy) is there again.
_aws_use_renew() {
  local -a words
  _aws_use_may_set "$@" || builtin return
  if _aws_use_is_unknown && (( ! ${@[(I)(-h|--help)]} )); then
    local word=PROFILE
    ! _aws_use_is_plain "$AWS_USE_PROFILE" || word=$AWS_USE_PROFILE
    _aws_use_error "${AWS_USE_PROFILE//[[:cntrl:]]/} $_aws_use_unknown" "activate it here again: aws-use $word …"
    builtin return 78
  fi
  if (( _aws_use_active )); then
    words=(-- "${_aws_use_words[@]}")
    (( $#_aws_use_words )) || words+=(-- "${AWS_USE_PROFILE-}")
  fi
  _aws_use_ask renew "$@" "${words[@]}"
}

# True if what is active has additions that this shell did not hear. Without them a renewal would allow more than was asked for.
_aws_use_is_unknown() { (( ! _aws_use_active )) && [[ -n ${AWS_USE_PROFILE-} && -n ${AWS_USE_ADDED-} ]] }

typeset -g _aws_use_unknown="was activated with additions in another shell, which this one does not know"

_aws_use_off() {
  if [[ ${1-} == (-h|--help) ]]; then
    builtin print -r -- "aws-use off: back to what this shell had before the first activation"
    builtin return 0
  elif (( $# )); then
    _aws_use_error "off takes no arguments" "type: aws-use off"
    builtin return 64
  fi
  local profile=${AWS_USE_PROFILE-}
  if (( ! _aws_use_active )) && [[ -z $profile ]]; then
    builtin print -ru2 -- "nothing is active"
    builtin return 0
  fi
  _aws_use_may_set || builtin return
  _aws_use_restore
  _aws_use_active=0 _aws_use_folder= _aws_use_before=() _aws_use_plain=() _aws_use_words=()
  _aws_use_refresh
  profile=${profile:-what was active}
  builtin print -ru2 -- "${profile//[[:cntrl:]]/} is off"
  _aws_use_warn_subshell
}

# True if $1 is a profile's name that means itself wherever it is typed: no word to a shell, and no verb.
_aws_use_is_plain() { [[ $1 == [A-Za-z0-9._@+-]## && $1 != -* ]] && (( ! ${_aws_use_verbs[(Ie)$1]} )) }

# Activates a profile from the core's file of it, without a process; false where there is any doubt, and the core is asked.
_aws_use_switch() {
  local name=$1 root=${AWS_USE_CACHE_DIR:-${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/aws-use}} home=${HOME-} other file text is_there= REPLY
  local -a found lines
  _aws_use_is_plain "$name" || builtin return 1
  root=${root:-${XDG_CACHE_HOME:-${HOME-}/.cache}/aws-use}
  [[ $root == /* ]] || builtin return 1
  while [[ $root == ?*/ ]]; do root=${root%/}; done
  found=($root(N/Uf700) $root/env(N/Uf700) $root/env/$name(N.Uf600))
  (( $#found == 3 )) || builtin return 1
  home=${home%/}
  # What moves or removes a file leaves its trace in the folder. Where a path says that a link may be on its way, or a $ that
  # only the core expands, or nothing, there is doubt.
  for file in "${AWS_CONFIG_FILE-$home/.aws/config}" "${AWS_SHARED_CREDENTIALS_FILE-$home/.aws/credentials}"; do
    [[ $file != '~/'* ]] || file=$home${file#\~}
    [[ $file == /* && $file != (*\$*|*//*|*/./*|*/../*) ]] || builtin return 1
    [[ ! -f $file ]] || is_there=1
    for other in "$file" "${file:h}"; do
      [[ ! -L $other ]] && [[ ! -e $other || $found[3] -nt $other ]] || builtin return 1
    done
    while [[ $other != "$home" && $other == /?* ]]; do
      [[ ! -L $other ]] || builtin return 1
      other=${other%/*}
    done
  done
  # Where both are gone, so is the profile.
  [[ -n $is_there ]] || builtin return 1
  text=$(<$found[3])
  lines=("${(@f)text}")
  local -a today=("${HOME-}" "${AWS_CONFIG_FILE-}" "${AWS_SHARED_CREDENTIALS_FILE-}" "${AWS_ENDPOINT_URL-}"
    "${AWS_ENDPOINT_URL_STS-}" "${AWS_ENDPOINT_URL_IAM-}" "${AWS_USE_COMPAT-}" "${AWS_IGNORE_CONFIGURED_ENDPOINT_URLS-}")
  # After them, when it was written: nothing can be told from the times of a file that a clock made which was ahead.
  local written=${lines[1]##*$'\t'}
  [[ $lines[1] == "# ${(pj:\t:)today}"$'\t'"$written" && $written == [0-9](#c1,12) ]] || builtin return 1
  _aws_use_now
  (( 10#$written <= REPLY )) || builtin return 1
  builtin shift lines
  _aws_use_check "${lines[@]}" && (( ${lines[(Ie)AWS_USE_PROFILE=$name]} )) || builtin return 1
  local expires=${${lines[(r)AWS_USE_EXPIRES_AT=*]}#*=}
  [[ -n $expires ]] || builtin return 1
  local -i left=$(( 10#$expires - REPLY ))
  _aws_use_margin && (( left > REPLY )) || builtin return 1
  _aws_use_activate use "$name" || builtin return 1
  _aws_use_count "$root/uses" "$name"
  _aws_use_left $(( left - 1 )) # as the core says it: the second that runs is no whole one
  case ${AWS_USE_IDENTITY-} in
    (*@*) text="$name as $AWS_USE_IDENTITY, $REPLY" ;;
    (?*) text="$name in $AWS_USE_IDENTITY, $REPLY" ;;
    (*) text="$name, $REPLY" ;;
  esac
  if [[ -t 2 && -z ${NO_COLOR-} ]]; then text=$'\e[32m'$text$'\e[0m'; fi
  builtin print -ru2 -- "$text"
  _aws_use_warn_subshell
}

# Counts a use in the core's list. Only the core makes that file, with the mode it wants.
_aws_use_count() {
  if [[ -f $1 && ! -L $1 && -O $1 ]]; then { builtin print -r -- "$2" >>$1 } 2>/dev/null; fi
}

## prompt: AWS_USE_PROMPT and AWS_USE_STATE

# REPLY: whole seconds since 1970.
_aws_use_now() {
  # One that came with the environment stands still, and would keep the real one out.
  if [[ ${(t)EPOCHSECONDS-} != *special* ]]; then
    builtin unset EPOCHSECONDS
    builtin zmodload -F zsh/datetime p:EPOCHSECONDS
  fi
  REPLY=$EPOCHSECONDS
}

# REPLY: the seconds of AWS_USE_MARGIN (a number with s, m or h); 10 minutes where it is none, and false if it says something.
_aws_use_margin() {
  local margin=${AWS_USE_MARGIN-}
  case $margin in
    ([0-9](#c1,9)(|s)) REPLY=$(( 10#${margin%s} )) ;;
    ([0-9](#c1,9)m) REPLY=$(( 10#${margin%m} * 60 )) ;;
    ([0-9](#c1,9)h) REPLY=$(( 10#${margin%h} * 3600 )) ;;
    (*) REPLY=600; [[ -z $margin ]] ;;
  esac
}

# REPLY: $1 seconds in words that fit a prompt: 45s, 59m, 2h05m, 11h. Notes for how many more seconds they hold.
_aws_use_left() {
  local -i left=$1
  if (( left < 60 )); then
    REPLY=${left}s _aws_use_holds=0
  elif (( left < 3600 )); then
    REPLY=$(( left / 60 ))m _aws_use_holds=$(( left % 60 ))
  elif (( left < 36000 )); then
    local minutes=$(( left % 3600 / 60 ))
    REPLY=$(( left / 3600 ))h${${(l:2::0:)minutes}#00} _aws_use_holds=$(( left % 60 ))
    [[ $minutes == 0 ]] || REPLY+=m
  else
    REPLY=$(( left / 3600 ))h _aws_use_holds=$(( left % 3600 ))
  fi
}

# True if AWS_USE_DANGER, globs of * and ? alone, names the profile.
_aws_use_is_danger() {
  local glob
  for glob in ${=AWS_USE_DANGER-}; do
    glob=${(b)glob}
    glob=${${glob//\\\*/*}//\\\?/?}
    [[ $AWS_USE_PROFILE != (#i)${~glob} ]] || builtin return 0
  done
  builtin return 1
}

# What the prompt is made from, but for the time.
_aws_use_note_inputs() {
  _aws_use_inputs="${AWS_USE_PROFILE-}/${AWS_USE_EXPIRES_AT-}/${AWS_USE_MARGIN-}/${AWS_USE_IDENTITY-}/${AWS_REGION-unset}"
  _aws_use_inputs+="/${AWS_DEFAULT_REGION-}/${AWS_USE_PROMPT_FORMAT-unset}/${AWS_USE_DANGER-}/${PATH-}/${AWS_USE_GUARD-unset}"
  _aws_use_inputs+="/${AWS_USE_STATE-}"
}

_aws_use_is_hooked() { [[ ${precmd_functions[(r)_aws_use_precmd]-} == _aws_use_precmd ]] }

# The first, because the hooks of many prompts take what they show from the environment; zsh keeps $? for the others. Also at
# each activation, because a start-up file may have thrown it out again.
_aws_use_join_prompt() {
  _aws_use_is_hooked || [[ ${(t)precmd_functions-} == *readonly* ]] ||
    precmd_functions=(_aws_use_precmd ${precmd_functions-})
}

_aws_use_precmd() {
  # Only two options of the person's make a difference here, and few people set them.
  if [[ ${options[forcefloat]-}${options[warnnestedvar]-} == *on* ]]; then
    _aws_use_safely _aws_use_precmd
    return
  fi
  _aws_use_note_inputs
  if [[ $_aws_use_inputs != "$_aws_use_prompt_key" ]] ||
    (( ${EPOCHSECONDS-0} < _aws_use_prompt_from )); then
    _aws_use_safely _aws_use_refresh
  elif (( ${EPOCHSECONDS-0} > _aws_use_prompt_until )); then
    if (( ${EPOCHSECONDS-0} > _aws_use_prompt_ticks )); then
      _aws_use_safely _aws_use_refresh
    else
      # The time left is all that can have changed.
      local REPLY
      _aws_use_left $(( _aws_use_prompt_end - (_aws_use_prompt_from = EPOCHSECONDS) - 1 ))
      AWS_USE_PROMPT=$_aws_use_prompt_head$REPLY$_aws_use_prompt_tail
      (( (_aws_use_prompt_until = _aws_use_prompt_from + _aws_use_holds) <= _aws_use_prompt_ticks )) ||
        _aws_use_prompt_until=$_aws_use_prompt_ticks
    fi
  fi
}

# Brings prompt text, state and guards up to date, and notes until when they are.
_aws_use_refresh() {
  local REPLY left= state=live
  local -i seconds holds=1000000 ticks=-1
  _aws_use_guards
  if [[ -z ${AWS_USE_PROFILE-} ]]; then
    builtin unset AWS_USE_PROMPT AWS_USE_STATE
  else
    if [[ ${AWS_USE_EXPIRES_AT-} == [0-9](#c1,12) ]]; then
      _aws_use_now
      seconds=$(( 10#$AWS_USE_EXPIRES_AT - REPLY ))
      if (( seconds <= 0 )); then
        left=expired state=expired
      else
        _aws_use_margin
        # The state holds until the margin or the end is reached.
        ticks=$(( seconds < REPLY ? seconds - 1 : seconds - REPLY ))
        if (( seconds < REPLY )); then state=expiring; fi
        _aws_use_left $(( seconds - 1 )) # as the core says it: the second that runs is no whole one
        left=$REPLY holds=$(( _aws_use_holds < ticks ? _aws_use_holds : ticks ))
      fi
    fi
    if [[ $state != expired ]] && _aws_use_is_danger; then state=danger; fi
    _aws_use_format
    builtin export AWS_USE_PROMPT=$REPLY AWS_USE_STATE=$state
  fi
  _aws_use_note_inputs
  _aws_use_prompt_key=$_aws_use_inputs
  _aws_use_prompt_from=${EPOCHSECONDS-0}
  _aws_use_prompt_until=$(( _aws_use_prompt_from + holds ))
  _aws_use_prompt_ticks=$(( ticks < 0 ? ticks : _aws_use_prompt_from + ticks ))
  _aws_use_prompt_end=$(( _aws_use_prompt_from + seconds ))
}

# REPLY: $1 without control characters, those from U+0080 to U+009F in UTF-8 included: whatever the locale of the shell, a
# terminal may obey them.
_aws_use_clean() {
  builtin setopt local_options no_multibyte
  REPLY=${1//[$'\x01'-$'\x1f\x7f']/}
  while [[ $REPLY == *$'\xc2'[$'\x80'-$'\x9f']* ]]; do REPLY=${REPLY//$'\xc2'[$'\x80'-$'\x9f']/}; done
}

# REPLY: the prompt's text out of AWS_USE_PROMPT_FORMAT, and of `left` and `state` of the caller. Where the time left does not
# stand in it once, the caller's `ticks` becomes -1.
_aws_use_format() {
  local format=${AWS_USE_PROMPT_FORMAT-'{profile} {left}'}
  local region=${AWS_REGION-${AWS_DEFAULT_REGION-}} account=${${AWS_USE_IDENTITY-}##*@}
  local text= head= word
  local -i lefts=0
  local -A values=(profile "$AWS_USE_PROFILE" account "$account" region "$region" left "$left"
    sign "${${(M)state:#expiring}:+!}${${(M)state:#expired}:+x}${${(M)state:#danger}:+#}")
  while [[ $format == *\{*\}* ]]; do
    text+=${format%%\{*}
    format=${format#*\{}
    word=${format%%\}*}
    format=${format#*\}}
    if [[ $word == left ]] && (( lefts++ == 0 )); then
      head=$text text=
    else
      text+=${values[$word]-\{$word\}}
    fi
  done
  _aws_use_clean "$head"
  _aws_use_prompt_head=$REPLY
  _aws_use_clean "$text$format"
  _aws_use_prompt_tail=${REPLY%% #}
  (( lefts == 1 )) || ticks=-1
  (( lefts )) || left=
  text=$_aws_use_prompt_head$left$_aws_use_prompt_tail
  REPLY=${text%% #}
}

# For powerlevel10k: aws_use among the elements; colors by POWERLEVEL9K_AWS_USE_{LIVE,EXPIRING,EXPIRED,DANGER}_FOREGROUND.
# What it says for the instant prompt is recorded and shown by later shells, so it must be the same whatever is active here:
# conditions and text are expanded when the prompt is drawn.
prompt_aws_use() {
  p10k segment -s LIVE -f 2 -c '${(M)${AWS_USE_STATE-}:#live}' -e -t '${AWS_USE_PROMPT//\%/%%}'
  p10k segment -s EXPIRING -f 3 -c '${(M)${AWS_USE_STATE-}:#expiring}' -e -t '${AWS_USE_PROMPT//\%/%%}'
  p10k segment -s EXPIRED -f 1 -c '${(M)${AWS_USE_STATE-}:#expired}' -e -t '${AWS_USE_PROMPT//\%/%%}'
  p10k segment -s DANGER -f 5 -c '${(M)${AWS_USE_STATE-}:#danger}' -e -t '${AWS_USE_PROMPT//\%/%%}'
}

instant_prompt_aws_use() { prompt_aws_use }

## guard: renewal before a command that uses AWS

# Makes the guards that AWS_USE_GUARD asks for while a profile is active, and removes those it does not.
_aws_use_guards() {
  local list= name
  [[ -z ${AWS_USE_PROFILE-} ]] || list=${AWS_USE_GUARD-$_aws_use_usual}
  if [[ $list != "$_aws_use_guard_list" ]]; then
    for name in "${_aws_use_guarded[@]}"; do
      [[ ${functions[$name]-} != *"_aws_use_guard $name "* ]] || builtin unset -f -- "$name"
    done
    _aws_use_guarded=()
  elif [[ $PATH == "$_aws_use_guard_path" ]]; then
    builtin return 0
  fi
  for name in ${=list}; do
    [[ $name == [A-Za-z0-9_][A-Za-z0-9_.+-]# ]] || continue
    _aws_use_is_taken "$name" && continue
    builtin whence -p -- "$name" >/dev/null || continue
    # Some plugin managers unload a plugin by taking its functions away, and would leave the guard alone.
    functions[$name]="if (( \${+functions[_aws_use_guard]} )); then _aws_use_guard $name \"\$@\"; else command -- $name \"\$@\"; fi"
    _aws_use_guarded+=("$name")
  done
  _aws_use_guard_list=$list _aws_use_guard_path=$PATH
}

# True if something of the person's own goes before a guard named $1. An alias that begins with the command itself does not: it
# expands into the guard.
_aws_use_is_taken() {
  (( ! ${+builtins[$1]} && ! ${+galiases[$1]} )) || builtin return 0
  [[ -z ${functions[$1]+set} || ${functions[$1]} == *"_aws_use_guard $1 "* ]] || builtin return 0
  local first=${(Q)${${(z)aliases[$1]-}[1]-}}
  [[ -n $first && $first != "$1" ]]
}

# The command itself runs under the person's options, and Ctrl-C ends the loop that it stands in.
_aws_use_guard() {
  local -i _aws_use_hidden=0
  (( ! ${+functions[builtin]} )) || { _aws_use_hidden=1; dis_functions[builtin]=${functions[builtin]} }
  {
    _aws_use_safely _aws_use_ready && builtin command -- "$@"
  } always {
    (( ! _aws_use_hidden )) || functions[builtin]=${dis_functions[builtin]}
  }
}

# True if a command that uses AWS may run now; renews first when less than the margin is left. Keys that are no longer those
# of the activation are the person's own affair.
_aws_use_ready() {
  [[ -n ${AWS_USE_GUARD-unset} && -n ${AWS_USE_PROFILE-} ]] || builtin return 0
  [[ ${(t)WIDGET-} != *special* ]] || builtin return 0 # a completion runs it, and nobody has typed it yet
  [[ ${AWS_USE_EXPIRES_AT-} == [0-9](#c1,12) ]] || builtin return 0
  [[ -z ${AWS_USE_KEY_ID-} || $AWS_USE_KEY_ID == "${AWS_ACCESS_KEY_ID-}" ]] || builtin return 0
  if [[ ! -e /dev/fd/2 && -z ${_aws_use_silenced-} && -d /dev/fd ]]; then # closed
    local _aws_use_silenced=1
    _aws_use_ready 2>/dev/null
    builtin return
  fi
  local REPLY
  local -x AWS_USE_GUARDED=1
  local -i now margin left code=0 live=60
  local -a options told
  local silently= _aws_use_guarding=1
  _aws_use_margin || builtin print -ru2 -- 'aws-use: warning: AWS_USE_MARGIN is no duration (45m, 2h): 10m is taken'
  margin=$REPLY
  _aws_use_now && now=$REPLY
  left=$(( 10#$AWS_USE_EXPIRES_AT - now ))
  (( left < margin )) || builtin return 0
  [[ -t 2 ]] || silently=" silently"
  if (( left > 0 && now - _aws_use_unmet_at < 60 )) &&
    [[ $_aws_use_unmet == "$AWS_USE_PROFILE $margin" || $_aws_use_unmet == "$AWS_USE_PROFILE $margin$silently" ]]; then
    _aws_use_left $margin
    _aws_use_warn $left "cannot have $REPLY"
    builtin return 0
  fi
  if _aws_use_is_unknown; then
    if (( left >= 60 )); then _aws_use_warn $left "$_aws_use_unknown"; else _aws_use_renew; fi
    builtin return
  fi
  if (( _aws_use_failed_at <= now && now - _aws_use_failed_at < 60 )) && [[ -z $_aws_use_unasked || -n $silently ]]; then
    if (( left > 0 )); then
      _aws_use_warn $left "could not be renewed$_aws_use_why"
      builtin return 0
    fi
    _aws_use_error "${AWS_USE_PROFILE//[[:cntrl:]]/} has expired and could not be renewed a moment ago$_aws_use_why" \
      "renew it with: aws-use renew"
    builtin return 75
  fi
  # What holds when Ctrl-C leaves this function.
  _aws_use_failed_at=$now _aws_use_why=": cancelled" _aws_use_unasked=
  options=(--margin $margin)
  [[ -z $silently ]] || options+=(--no-touch)
  # What is piped to the command is not the core's to read, and what the command prints is not the core's to add to.
  if [[ -t 0 ]]; then _aws_use_renew "${options[@]}" >&2; else _aws_use_renew "${options[@]}" >&2 </dev/null; fi
  code=$?
  _aws_use_now && now=$REPLY
  left=$(( 10#$AWS_USE_EXPIRES_AT - now ))
  if (( code == 0 )); then
    _aws_use_failed_at=0
    # The most there is, for want of a touch or at all: no use in asking again at once.
    (( left >= margin )) || _aws_use_unmet_at=$now _aws_use_unmet="$AWS_USE_PROFILE $margin$silently"
    builtin return 0
  fi
  _aws_use_failed_at=$now
  (( code != 130 )) || builtin return 130
  if (( code == 75 )) && [[ -z $_aws_use_failure && -n $silently ]]; then _aws_use_unasked=1; fi
  told=("${(@f)_aws_use_failure}")
  told=("${(@)told//[[:cntrl:]]/}")
  _aws_use_why=${told[1]:+: $told[1]}
  [[ -z $_aws_use_unasked ]] || live=1
  if (( left >= live )); then
    _aws_use_warn $left "could not be renewed$_aws_use_why"
  else
    (( $#told < 3 )) || _aws_use_error "$told[2]" "$told[3]"
    builtin return code
  fi
}

_aws_use_warn() {
  _aws_use_left $(( $1 - 1 )) # as the core says it
  builtin print -ru2 -- "aws-use: warning: ${AWS_USE_PROFILE//[[:cntrl:]]/} has $REPLY left and $2"
}

## completion

# For the loader: compdef, at the first prompt, where compinit has not found the completion by itself. Managers run compinit
# before the plugin, after it, or with a dump that they made before; compdef is often not the real one while they load it.
_aws_use_complete() { _aws_use_safely _aws_use_register }

_aws_use_register() {
  precmd_functions=("${(@)precmd_functions:#_aws_use_complete}")
  (( ${+functions[compdef]} && ! ${+_comps[aws-use]} )) || builtin return 0
  builtin autoload -Uz _aws-use
  compdef _aws-use aws-use aws-token
}

## unload

# What the zsh plugin standard asks for: off, and nothing of ours is left but the person's settings.
aws-use_plugin_unload() {
  _aws_use_safely _aws_use_unload
}

_aws_use_unload() {
  if (( _aws_use_active )) || [[ -n ${AWS_USE_PROFILE-} ]]; then _aws_use_off; fi
  [[ ${(t)precmd_functions-} == *readonly* ]] || precmd_functions=("${(@)precmd_functions:#_aws_use_precmd}")
  fpath=("${(@)fpath:#${_aws_use_file:h:h}/completions}")
  (( ! ${+_comps} )) || builtin unset '_comps[aws-use]' '_comps[aws-token]'
  builtin unset AWS_USE_PROMPT AWS_USE_STATE "${_aws_use_marks[@]}" ${(k)parameters[(I)_aws_use_*~_aws_use_(hidden|status)]}
  builtin unset -f -m 'aws-use' 'aws-token' 'aws-use_plugin_unload' '_aws_use_*' '_aws-(use|token)' \
    '(|instant_)prompt_aws_use'
}

# The standard's other way, because zinit calls the function by its name only where the plugin was named USER/aws-use; and of
# one that was named by a path it keeps what is told under no name, unless `id_as` says which.
if (( ${+functions[@zsh-plugin-run-on-unload]} )); then
  () {
    local id_as=${id_as:-${ZINIT[CUR_USPL2]-}}
    @zsh-plugin-run-on-unload '(( ! ${+functions[aws-use_plugin_unload]} )) || aws-use_plugin_unload'
  }
fi

if [[ -o interactive ]]; then _aws_use_safely _aws_use_join_prompt; fi

(( ! ${#_aws_use_options} )) || builtin setopt "${_aws_use_options[@]}"
'builtin' 'unset' _aws_use_option _aws_use_options
if (( _aws_use_shadow )); then
  'builtin' 'unset' _aws_use_shadow
  functions[builtin]=${dis_functions[builtin]}
else
  'builtin' 'unset' _aws_use_shadow
fi
