# Completion of aws-use and aws-token for bash 3.2 and newer, with or without bash-completion.
#
# Defines  private functions _aws_use_*.
# Reads    AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE.
#
# Starts no process. A profile's name is data from a file that teams share: it goes into COMPREPLY by assignment, quoted as
# the word under the cursor is, and never through `compgen -W`, which expands its words. Words are those of src/cli.ts.

# The functions below share the variables that _aws_use_complete_word declares:
#   line, word, quote   what _aws_use_split found: whole words, the last one as far as it goes, and its open quote
#   typed, head         the word under the cursor without its quoting, and the part of it that readline leaves alone
#   context             the quote in which readline inserts
#   joined              the flag and equals sign that the word begins with
#   before              what goes in front of a profile with a leading dash; "no" where it has no place
#   first               1 where the word is the first, so that a verb hides the profile of its name
_aws_use_complete() {
  # A traced shell would show what stands in the AWS files, and one that ignores case would take other headers for profiles.
  { local _aws_use_traced=$- && set +x; } 2>/dev/null
  local _aws_use_ignoring=''
  # shellcheck disable=SC2050
  if [[ a == A ]]; then
    _aws_use_ignoring=1
    shopt -u nocasematch
  fi
  _aws_use_complete_word "$@"
  [[ -z $_aws_use_ignoring ]] || shopt -s nocasematch
  [[ $_aws_use_traced != *x* ]] || set -x
  return 0
}

_aws_use_complete_word() {
  local IFS=$' \t\n'
  local -a line
  local word quote typed head context joined='' before='-- ' first=0 flags flag='' is_over=0 arguments=0
  COMPREPLY=()
  local text=${COMP_LINE:0:COMP_POINT}
  [[ $text == *"$2" ]] || return 0
  _aws_use_split "$text" '["\\$`]' || :
  typed=$word
  local -a words=("${line[@]}")
  _aws_use_split "${text%"$2"}" '["\\$`]' || :
  if [[ -z $quote && $2 == [\'\"]* ]]; then
    # After `sudo`, bash-completion tells the word with its quote, which readline leaves alone.
    _aws_use_split "${text%"${2:1}"}" '["\\$`]' || :
  fi
  head=$word context=$quote

  local verb=use at=1
  if [[ ${1##*/} == aws-token ]]; then
    verb=token
  elif ((${#words[@]} < 2)); then
    verb='' before='use -- ' first=1
  elif _aws_use_flags "${words[1]}"; then
    verb=${words[1]} at=2
    if ((${#words[@]} > 2)) && _aws_use_flags "$verb ${words[2]}"; then
      verb+=" ${words[2]}" at=3
    fi
  fi

  _aws_use_flags "$verb"
  for (( ; at < ${#words[@]}; at++)); do
    if [[ -n $flag ]]; then
      flag=''
    elif ((is_over)); then
      arguments=$((arguments + 1))
    else
      case ${words[at]} in
        --) is_over=1 before='' ;;
        --*=*) ;;
        --*) _aws_use_takes_value "${words[at]}" && flag=${words[at]} ;;
        *) arguments=$((arguments + 1)) ;;
      esac
    fi
  done
  if [[ -z $flag && $typed == --*=* ]] && ((is_over == 0)); then
    flag=${typed%%=*} joined=${typed%%=*}=
    before=''
  elif [[ -n $flag ]]; then
    before=no
  fi

  if [[ -n $flag ]]; then
    _aws_use_offer_values "$flag"
  else
    # shellcheck disable=SC2086 # a list of plain words
    ((is_over)) || [[ $typed != -* ]] || _aws_use_offer $flags
    _aws_use_offer_arguments "$verb" "$arguments"
  fi
  return 0
}

# Sets flags to the flags of verb $1, or of a verb and its action; of the first word where it is empty. Fails where there is
# no such verb.
_aws_use_flags() {
  local additions='--region --duration --role-arn --policy --policy-arn'
  local asking='--token-code --no-cache --yes'
  case $1 in
    '') flags="$additions $asking --version" ;;
    use) flags="$additions $asking" ;;
    env) flags="--format $additions $asking" ;;
    status) flags="--check --explain --json $additions" ;;
    list | doctor) flags=--json ;;
    renew) flags='--no-touch --margin' ;;
    prompt) flags=--setup ;;
    mfa) flags='--name --user --keys --no-touch --qr --show-seed --last --yes --json' ;;
    'mfa enroll') flags='--name --user --keys --no-touch --qr --show-seed --yes' ;;
    'mfa list') flags=--json ;;
    'mfa resync') flags='--name --yes' ;;
    'mfa remove') flags='--name --last --yes' ;;
    token) flags=--copy ;;
    off | clear | init) flags='' ;;
    *) return 1 ;;
  esac
  flags+=' --help'
}

_aws_use_takes_value() {
  case $1 in
    --region | --duration | --role-arn | --policy | --policy-arn | --token-code | --format | --explain | --margin) ;;
    --name | --user | --keys) ;;
    *) return 1 ;;
  esac
}

_aws_use_offer_values() {
  case $1 in
    --format) _aws_use_offer sh fish json dotenv ;;
    --explain) _aws_use_offer_profiles ;;
    --region)
      _aws_use_offer \
        af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 \
        ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 \
        cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 \
        il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 \
        us-west-1 us-west-2
      ;;
    # Older versions have no compopt, and complete files wherever nothing else fits.
    --policy) ((BASH_VERSINFO[0] < 4)) || compopt -o default ;;
    *) ;;
  esac
}

# Offers what may follow verb $1 and $2 arguments.
_aws_use_offer_arguments() {
  case $1:$2 in
    :0)
      _aws_use_offer use off env status list clear renew prompt token doctor mfa init
      _aws_use_offer_profiles
      ;;
    use:0 | env:0 | clear:0 | token:0 | mfa:1 | mfa\ *:0) _aws_use_offer_profiles ;;
    mfa:0) _aws_use_offer enroll list resync remove ;;
    prompt:0) _aws_use_offer zsh bash fish powerlevel10k pure spaceship starship tide oh-my-posh oh-my-zsh ;;
    init:0) _aws_use_offer zsh bash fish ;;
    *) ;;
  esac
}

# Offers those of the words that go on where the typed one ends. None of them needs quoting.
_aws_use_offer() {
  local candidate
  for candidate; do
    [[ $joined$candidate != "$typed"* ]] || _aws_use_add "$joined$candidate"
  done
}

# Offers the profiles of both files.
_aws_use_offer_profiles() {
  local wanted=${typed#"$joined"} hidden=' '
  # Words that are a verb, now or one day: a profile of that name is reached by `aws-use use NAME`.
  ((first == 0)) || hidden+='use off env status list clear renew prompt token doctor mfa init '
  ((first == 0)) || hidden+='keys exec credentials serve save console setup sso certificates guardrails '
  ! _aws_use_read_kept || return 0
  _aws_use_read_file config 'profile ' "${AWS_CONFIG_FILE-~/.aws/config}"
  _aws_use_read_file credentials '' "${AWS_SHARED_CREDENTIALS_FILE-~/.aws/credentials}"
}

# Offers the profiles that stand in the file in which the core keeps the names of hundreds; fails where there is none of
# today: of ours alone, made under the same paths, newer than both AWS files, of which one at least is there, and their folders.
_aws_use_read_kept() {
  local root=${AWS_USE_CACHE_DIR-} home=${HOME-} file other path folder='' found='' header count made now name
  local -a odd=() plain=()
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)) || return 1
  [[ -n $root || -z ${XDG_RUNTIME_DIR-} ]] || root=$XDG_RUNTIME_DIR/aws-use
  root=${root:-${XDG_CACHE_HOME:-$home/.cache}/aws-use}
  file=$root/tab/profiles
  [[ $root == /* && -f $file && ! -L $file && -O $file ]] || return 1
  [[ ! -L $root && -O $root && ! -L $root/tab && -O $root/tab ]] || return 1
  # What moves or removes a file leaves its trace in the folder, but not where a link may be on the way.
  for other in "${AWS_CONFIG_FILE-~/.aws/config}" "${AWS_SHARED_CREDENTIALS_FILE-~/.aws/credentials}"; do
    [[ $other != \~/* ]] || other=${home%/}${other:1}
    [[ $other == /* && $other != *//* && $other != */./* && $other != */../* ]] || return 1
    [[ ! -f $other ]] || found=1
    for path in "$other" "${other%/*}/."; do
      # Both files mostly lie in one folder, which is looked at once.
      [[ $path == "$folder" ]] || [[ ! -L ${path%/.} && $file -nt $path ]] || return 1
    done
    folder=$path
    path=${path%/*/.}
    while [[ $path != "${home%/}" && -n $path ]]; do
      [[ ! -L $path ]] || return 1
      path=${path%/*}
    done
  done
  [[ -n $found ]] || return 1
  {
    IFS= read -r header && IFS= read -r count && [[ -n $count && $count != *[!0-9]* && ${#count} -le 9 ]] || return 1
    # Names out of the ordinary come first, the others are offered as they are.
    ((10#$count == 0)) || mapfile -t -n "$((10#$count))" odd
    mapfile -t plain
  } <"$file"
  made=${header##*$'\t'}
  [[ $header == "# $home"$'\t'"${AWS_CONFIG_FILE-}"$'\t'"${AWS_SHARED_CREDENTIALS_FILE-}"$'\t'"$made" ]] || return 1
  # Nothing can be told from the times of a file that a clock made which was ahead.
  printf -v now '%(%s)T' -1
  [[ -n $made && $made != *[!0-9]* && ${#made} -le 12 ]] && ((10#$made <= now)) || return 1
  ((${#plain[@]} > 0)) && [[ "${plain[*]}" != *[!A-Za-z0-9._@+:/\ -]* ]] || return 1
  [[ -z $wanted ]] || _aws_use_keep_wanted
  for name in "${odd[@]+"${odd[@]}"}"; do _aws_use_offer_odd "$name"; done
  _aws_use_offer_plain
}

# Leaves in plain the names that begin with what was typed.
_aws_use_keep_wanted() {
  local name
  local -a near=()
  for name in "${plain[@]+"${plain[@]}"}"; do
    case $name in "$wanted"*) near[${#near[@]}]=$name ;; *) ;; esac
  done
  plain=("${near[@]+"${near[@]}"}")
}

# Offers the profiles of file $3, whose headers have $2 before the name; $4 is set where some may be indented. The file is cut
# at its opening brackets: there are fewer than lines, and read does it in every bash. Nearly all of the time goes by in the
# loop, so it only sets aside what is out of the ordinary, and the rest is done for all names at once.
_aws_use_read_file() {
  local file=$1 prefix=$2 path=$3 chunk at=-1 indented=''
  local -a chunks=() plain=()
  [[ $path != \~ && $path != \~/* ]] || path=${HOME-}${path:1}
  [[ -f $path && -r $path ]] || return 0
  if [[ -n ${4-} ]]; then
    _aws_use_read_headers
  else
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
      mapfile -t -d '[' chunks <"$path"
    else
      while IFS= read -r -d '[' chunk || [[ -n $chunk ]]; do chunks[${#chunks[@]}]=$chunk; done <"$path"
    fi
  fi
  ((${#chunks[@]} > 1)) || return 0
  # The first bracket begins a line as well where nothing but a byte order mark stands before it.
  case ${chunks[0]} in '' | $'\xef\xbb\xbf' | *$'\n') chunks[0]=$'\n' ;; *[[:blank:]]) ;; *) chunks[0]='' ;; esac
  # A name with a bracket is cut as well.
  local start=$prefix${wanted%%[*} taken=${hidden// /][$prefix}
  [[ $file == config ]] || taken+='DEFAULT]'
  # With %% a line of a megabyte would take seconds.
  for chunk in "${chunks[@]/$'\n'*/}"; do
    at=$((at + 1))
    case $chunk in
      "$start"*) ;;
      profile[\ ]*[\"\'\\]* | profile\ \ * | profile[!\ ]* | default]*)
        _aws_use_odd_profile
        continue
        ;;
      *) continue ;;
    esac
    # Where a header begins a line and ends in it, the chunk and the one before end a line.
    case ${chunks[at]} in *$'\n') ;; *) chunk='' ;; esac
    case ${chunks[at ? at - 1 : 0]} in
      *$'\n') ;;
      *[[:blank:]])
        indented=1
        chunk=''
        ;;
      *) chunk='' ;;
    esac
    case $chunk in
      "$prefix"*[!A-Za-z0-9._@+:/-]?*) _aws_use_odd_profile ;;
      # No verb is as long.
      "$prefix"[A-Za-z0-9._@+:/]????????????*]) plain[${#plain[@]}]=$chunk ;;
      "$prefix"[A-Za-z0-9._@+:/]*]) [[ $taken == *"[$chunk"* ]] || plain[${#plain[@]}]=$chunk ;;
      *) _aws_use_odd_profile ;;
    esac
  done
  if [[ -n $indented && -z ${4-} ]]; then
    _aws_use_read_file "$1" "$2" "$3" indented
    return
  fi
  # None of them goes on with a bracket.
  [[ $wanted != *[[]* ]] && ((${#plain[@]} > 0)) || return 0
  plain=("${plain[@]#"$prefix"}")
  plain=("${plain[@]%]}")
  _aws_use_offer_plain
}

# Sets chunks to the headers in the file at $path, without the indentation that botocore allows where they do not go on with a
# value, cut at their opening brackets.
_aws_use_read_headers() {
  local line bare indent level=-1
  chunks=('')
  while IFS= read -r line || [[ -n $line ]]; do
    # What is longer than any name is none, and would take seconds.
    line=${line:0:1000}
    line=${line#$'\xef\xbb\xbf'}
    bare=${line#"${line%%[![:space:]]*}"}
    case $bare in '' | [\#\;]*) continue ;; *) ;; esac
    indent=$((${#line} - ${#bare}))
    ((level < 0 || indent <= level)) || continue
    if [[ $bare != \[?*]* ]]; then
      ((${#chunks[@]} == 1)) || level=$indent
      continue
    fi
    level=-1
    while [[ $bare == *\[* ]]; do
      bare=${bare#*\[}
      chunks[${#chunks[@]}]=${bare%%\[*}
    done
    chunks[${#chunks[@]} - 1]+=$'\n'
  done <"$path"
}

# Offers the names in plain, none of which needs quoting.
_aws_use_offer_plain() {
  ((${#plain[@]} > 0)) || return 0
  # Without what the word has already, and readline leaves alone: see _aws_use_add.
  [[ -z $joined ]] || plain=("${plain[@]/#/$joined}")
  [[ -z $head ]] || plain=("${plain[@]#"$head"}")
  COMPREPLY+=("${plain[@]}")
}

# Offers the profile of the header that chunk $at may begin, as botocore reads it. What is longer than any name is none.
_aws_use_odd_profile() {
  local text=${chunks[at]:0:1000} next name
  ((at > 0)) || return 0
  if [[ ${chunks[at - 1]} != *$'\n' ]]; then
    [[ ${chunks[at - 1]} != *[[:blank:]] ]] || indented=1
    return 0
  fi
  # A bracket within the line of a header belongs to it.
  for ((next = at + 1; next < ${#chunks[@]}; next++)); do
    [[ $text != *$'\n'* ]] || break
    ((${#text} < 1000)) || return 0
    text+=[${chunks[next]:0:1000}
  done
  name=${text%%$'\n'*}
  [[ $name == ?*]* ]] || return 0
  name=${name%]*}
  case $file:$name in
    config:default) ;;
    config:profile*)
      local -a line
      local word quote
      _aws_use_split "$name" '["\\]' || return 0
      [[ -z $word ]] || line[${#line[@]}]=$word
      ((${#line[@]} == 2)) || return 0
      name=${line[1]}
      ;;
    config:* | credentials:DEFAULT) return 0 ;;
    *) ;;
  esac
  _aws_use_offer_odd "$name"
}

# Offers the profile $1, whatever its name.
_aws_use_offer_odd() {
  case $1 in
    *[[:cntrl:]]*) ;;
    -*) _aws_use_add_dashed "$1" ;;
    "$wanted"*) [[ $hidden == *" $1 "* ]] || _aws_use_add "$joined$1" ;;
    *) ;;
  esac
}

_aws_use_add_dashed() {
  [[ $before != no && $1 == "$wanted"* ]] || return 0
  if [[ -z $before ]]; then
    _aws_use_add "$joined$1"
  elif [[ -z $head$context ]]; then
    _aws_use_add "$1"
    COMPREPLY[${#COMPREPLY[@]} - 1]=$before${COMPREPLY[${#COMPREPLY[@]} - 1]}
  fi
}

# Adds the word $1 without the part that stays, quoted so that the shell reads back exactly this word.
_aws_use_add() {
  local rest=${1#"$head"}
  case $rest in
    *[!A-Za-z0-9._@+:/=-]* | *=*)
      case $context in
        \') rest=${rest//\'/\'\\\'\'} ;;
        \")
          rest=${rest//\\/\\\\}
          rest=${rest//\"/\\\"}
          rest=${rest//\$/\\\$}
          rest=${rest//\`/\\\`}
          # Within double quotes nothing takes the meaning from an exclamation mark.
          rest=${rest//!/\"\\!\"}
          ;;
        *)
          printf -v rest %q "$rest"
          # bash 3.2 leaves tildes bare.
          [[ $rest == \$\'* ]] || rest=${rest/#~/\\~} rest=${rest//=~/=\\~}
          ;;
      esac
      # readline takes a quote at the start for the one that is there, and one at the end for the closing one.
      [[ -z $context || $rest != "$context"* ]] || rest=$context$rest
      [[ -z $context || $rest != *"$context" ]] || rest+=$context
      ;;
    *) ;;
  esac
  COMPREPLY[${#COMPREPLY[@]}]=$rest
}

# Sets line to the words of text $1, but the last to word and its open quote to quote. Fails for an open quote. Between double
# quotes a backslash protects only what matches $2: two characters for Python's shlex, by which botocore reads a header.
_aws_use_split() {
  local at char has_word=0
  line=() word='' quote=''
  for ((at = 0; at < ${#1}; at++)); do
    char=${1:at:1}
    if [[ $char == "\\" && $quote != "'" ]]; then
      at=$((at + 1))
      ((at < ${#1})) || return 1
      # shellcheck disable=SC2053 # a pattern
      [[ $quote != '"' || ${1:at:1} == $2 ]] || word+=\\
      word+=${1:at:1} has_word=1
    elif [[ -n $quote ]]; then
      if [[ $char == "$quote" ]]; then quote=''; else word+=$char; fi
    elif [[ $char == [\"\'] ]]; then
      quote=$char has_word=1
    elif [[ $char == [$' \t\r\n'] ]]; then
      ((has_word == 0)) || line[${#line[@]}]=$word
      word='' has_word=0
    else
      word+=$char has_word=1
    fi
  done
  [[ -z $quote ]]
}

if ((BASH_VERSINFO[0] < 4)); then
  complete -o default -F _aws_use_complete aws-use aws-token
else
  complete -F _aws_use_complete aws-use aws-token
fi
