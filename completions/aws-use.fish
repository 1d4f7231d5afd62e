# Completion of aws-use and aws-token for fish 3.4 and newer.
#
# Defines  private functions _aws_use_*.
# Reads    AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE.
#
# Starts no process. A profile's name is data from a file that teams share: functions print it, and fish, which evaluates
# nothing of what they print, quotes it. Words and descriptions are those of src/cli.ts.

set -g _aws_use_actions enroll list resync remove
set -g _aws_use_completed use off env status list clear renew prompt token doctor mfa init
# Besides them no profile is offered as the first word that a verb to come hides: `aws-use use NAME` reaches it.
set -g _aws_use_reserved keys exec credentials serve save console setup sso certificates guardrails

# Whether the words before the cursor are those of one of the verbs, of a verb and its action as one word; "first" where there
# is none yet.
function _aws_use_at
    set -l words (commandline -opc)
    set -l verb use
    if string match -q -- '*aws-token' $words[1]
        set verb token
    else if not set -q words[2]
        set verb first
    else if contains -- $words[2] $_aws_use_completed
        set verb $words[2]
        test $verb = mfa; and contains -- "$words[3]" $_aws_use_actions
        and set verb "$verb $words[3]"
    end
    contains -- $verb $argv
end

# Whether one of the verbs $argv[2..] is at hand, with as many arguments already as $argv[1] says.
function _aws_use_after
    _aws_use_at $argv[2..]
    or return
    set -l words (commandline -opc)
    set -e words[1]
    contains -- "$words[1]" $_aws_use_completed
    and set -e words[1]
    set -l arguments 0
    while set -q words[1]
        switch $words[1]
            case --
                set arguments (math $arguments + (count $words) - 1)
                break
            case --region --duration --role-arn --policy --policy-arn --token-code --format --explain --margin \
                --name --user --keys
                set -e words[1..2]
            case '-*'
                set -e words[1]
            case '*'
                set arguments (math $arguments + 1)
                set -e words[1]
        end
    end
    test $arguments = $argv[1]
end

# Prints the profiles of both files, each with a tab and the account and role that the config file has for it.
function _aws_use_profiles
    # A dash begins a flag, but not behind an equals sign or after a lone double dash.
    set -l is_free 0
    if string match -q -- '--*=*' (commandline -ct); or contains -- -- (commandline -opc)
        set is_free 1
    else if string match -q -- '-*' (commandline -ct)
        return
    end
    set -g _aws_use_dashed
    set -l hidden
    _aws_use_at first
    and set hidden '(?!(?:'(string join '|' $_aws_use_completed $_aws_use_reserved)')\])'
    _aws_use_config_profiles (_aws_use_path AWS_CONFIG_FILE config) "$hidden"
    _aws_use_credentials_profiles (_aws_use_path AWS_SHARED_CREDENTIALS_FILE credentials) "$hidden"
    set -l dashed $_aws_use_dashed
    set -e _aws_use_dashed
    set -q dashed[1]
    or return 0
    if test $is_free = 1
        printf '%s\n' $dashed
    else if _aws_use_after 0 first use env clear token; or _aws_use_after 1 mfa "mfa "$_aws_use_actions
        # fish inserts one word at a time.
        printf '%s\t%s\n' -- 'then '(string join ', ' -- $dashed)
    end
    return 0
end

# Prints the path that variable $argv[1] holds, or else that of ~/.aws/$argv[2].
function _aws_use_path
    set -l path '~/.aws/'$argv[2]
    set -q $argv[1]
    and set path $$argv[1]
    string match -q -r '^~(?:/|$)' -- "$path"
    and set path $HOME(string sub -s 2 -- $path)
    echo -- "$path"
end

# A traced shell would show what stands in the files.
function _aws_use_config_profiles --argument-names path hidden
    set -l fish_trace
    test -f "$path" -a -r "$path"
    or return
    read -z -l text <"$path"
    _aws_use_dedent
    # One expression over the whole text is many times as fast as a loop over lines. A name in this form is the header's text.
    set -l forbidden '\[\]\s"\'\\\\\p{Cc}'
    set -l plain '\[(?:profile (?=[^-~])|(?=default\]))'$hidden'([^'$forbidden']+)\]\r?$'
    set -l line '(?:\n(?!\[).*+)*?\n'
    set -l value '[ \t]*[=:][ \t]*'
    set -l role $line'[ \t]*role_arn'$value'arn:[\w-]+:iam::(\d+):role/([\w+=,.@/-]+)'
    set -l account $line'[ \t]*(?:sso_account_id'$value'|mfa_serial'$value'arn:[\w-]+:iam::)(\d+)()'
    set -l known $plain'(?|'$role'|'$account'|()())'
    # Longer than any name: a line of megabytes would exceed the limit of PCRE, which fish reports.
    set -l header '(default|profile.{0,1000})\][^]\n]*$'
    set -l other '(\[)()'$header
    set -l found (string match -rag '(?m)^\x{feff}?(?|'$known'|'$other')' -- $text)
    if contains -- '[' $found
        set found (string match -rag '(?m)^\x{feff}?'$known -- $text)
        set -l other
        for part in (string match -rag '(?m)^\x{feff}?(?!'$plain')\['$header'(?|'$role'|'$account'|()())' -- $text)
            set -a other $part
            set -q other[3]
            or continue
            _aws_use_add (_aws_use_second_word $other[1]) $other[2..3]
            set other
        end
    end
    set -q found[1]
    and printf '%s\t%s %s\n' $found
end

function _aws_use_credentials_profiles --argument-names path hidden
    set -l fish_trace
    test -f "$path" -a -r "$path"
    or return
    read -z -l text <"$path"
    _aws_use_dedent
    set -l start '(?m)^\x{feff}?\[(?!DEFAULT\])'$hidden
    string match -rag $start'([^-~\p{Cc}][^\p{Cc}]*)\]' -- $text
    for name in (string match -rag $start'([-~][^\p{Cc}]*)\]' -- $text)
        _aws_use_add $name '' ''
    end
end

# Takes the indentation from the headers in text, a variable of the caller: botocore reads those as well, where they do not go
# on with a value.
function _aws_use_dedent --no-scope-shadowing
    string match -q -r '(?m)^\x{feff}?[ \t]+\[' -- $text
    and set text (_aws_use_dedented $text | string collect)
end

# Prints the lines of $argv[1] that say something, its headers without their indentation. What is printed is many times as fast
# as a list that grows.
function _aws_use_dedented
    set -l fish_trace
    set -l level
    set -l indent
    # The indentation in spaces, and the line behind it.
    for part in (string replace -r '^\x{feff}' '' -- $argv[1] | string replace -ar '(?:^|\G)[ \t]' ' ' | string match -rg '^( *+)([^\s#;].*)')
        if not set -q indent[1]
            set indent "$part"
        else
            if set -q level[2]; and string match -q -- "$level[2] *" $indent
                echo -- "$indent$part"
            else if string match -q -r '^\[.+\]' -- $part
                echo -- $part
                set level section
            else if set -q level[1]
                echo -- "$indent$part"
                set level option "$indent"
            end
            set indent
        end
    end
end

# Prints a profile out of the ordinary, unless its name has control characters or a verb hides it.
function _aws_use_add --argument-names name account role
    if not set -q argv[3]; or test -z "$name"; or string match -q -r '\p{Cc}' -- $name
        return
    else if string match -q -- '-*' $name
        set -a _aws_use_dashed $name
    else if string match -q -- '~*' $name; and not string match -q -r '^[\\\\"\']' -- (commandline -ct)
        # fish would insert the tilde bare, and expand it.
        return
    else if not contains -- $name $_aws_use_completed $_aws_use_reserved; or not _aws_use_at first
        printf '%s\t%s %s\n' $name $account $role
    end
end

# Prints the second of a header's two words, as Python's shlex splits them, which is how botocore reads it.
function _aws_use_second_word --argument-names header
    if test $header = default
        echo default
        return
    end
    set -l piece '(?:[^ \t\r\n"\'\\\\]+|\\\\.|"(?:[^"\\\\]|\\\\.)*"|\'[^\']*\')'
    set -l word (string match -rg '^profile(?:'$piece')*+[ \t\r]+('$piece'++)[ \t\r]*$' -- $header)
    or return
    set -l name
    for part in (string match -ra $piece -- $word)
        switch (string sub -l 1 -- $part)
            case '"'
                set -a name (string sub -s 2 -e -1 -- $part | string replace -ra '\\\\(["\\\\])' '$1')
            case "'"
                set -a name (string sub -s 2 -e -1 -- $part)
            case '\\'
                set -a name (string sub -s 2 -- $part)
            case '*'
                set -a name $part
        end
    end
    string join '' -- $name
end

function _aws_use_regions
    printf '%s\n' \
        af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 \
        ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 \
        cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 \
        il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 \
        us-west-1 us-west-2
end

# Loading again, as a plugin manager does, must not leave what a former version has offered.
complete -e -c aws-use
complete -e -c aws-token
complete -c aws-token -w 'aws-use token'
complete -c aws-use -f

# Verbs and arguments.
complete -c aws-use -n '_aws_use_after 0 first' -a use -d "put a profile's credentials into this shell; alone: pick one"
complete -c aws-use -n '_aws_use_after 0 first' -a off -d 'drop them: back to what was there before'
complete -c aws-use -n '_aws_use_after 0 first' -a env -d 'print them for another program'
complete -c aws-use -n '_aws_use_after 0 first' -a status -d 'what is active here and for how long; --explain: how a profile gets its credentials'
complete -c aws-use -n '_aws_use_after 0 first' -a list -d 'all profiles with role, account, MFA device and how long they are cached'
complete -c aws-use -n '_aws_use_after 0 first' -a clear -d 'forget cached credentials; without PROFILE the MFA sessions too'
complete -c aws-use -n '_aws_use_after 0 first' -a renew -d 'renew what is active in this shell, whatever time is left'
complete -c aws-use -n '_aws_use_after 0 first' -a prompt -d 'print the lines that show role and time left in a prompt'
complete -c aws-use -n '_aws_use_after 0 first' -a token -d 'print the current code of an MFA device, for a console login'
complete -c aws-use -n '_aws_use_after 0 first' -a doctor -d 'find what is wrong here, and what mends it'
complete -c aws-use -n '_aws_use_after 0 first' -a mfa -d 'MFA devices on YubiKeys: enroll a new one, list, resync, remove'
complete -c aws-use -n '_aws_use_after 0 first' -a init -d 'print the plugin for a shell, to be sourced from a file'
complete -c aws-use -n '_aws_use_after 0 first use env clear token' -a '(_aws_use_profiles)'
complete -c aws-use -n '_aws_use_after 0 prompt' -a 'zsh bash fish powerlevel10k pure spaceship starship tide oh-my-posh oh-my-zsh'
complete -c aws-use -n '_aws_use_after 0 mfa' -a enroll -d 'make an MFA device whose seed is on a YubiKey and nowhere else, and write mfa_serial'
complete -c aws-use -n '_aws_use_after 0 mfa' -a list -d 'the MFA devices of the user at AWS, beside the accounts on the plugged YubiKeys'
complete -c aws-use -n '_aws_use_after 0 mfa' -a resync -d 'two codes that follow each other bring AWS back into step with a device'
complete -c aws-use -n '_aws_use_after 0 mfa' -a remove -d 'take a device away: at AWS, on the YubiKey and out of the config; run again, it finishes what is left'
complete -c aws-use -n '_aws_use_after 1 mfa "mfa "$_aws_use_actions' -a '(_aws_use_profiles)'
complete -c aws-use -n '_aws_use_after 0 init' -a 'zsh bash fish'

# Flags.
complete -c aws-use -s h -l help -d 'this text'
complete -c aws-use -n '_aws_use_at first' -l version -d 'the version'
complete -c aws-use -n '_aws_use_at first use env status' -l region -x -a '(_aws_use_regions)' -d "region instead of the profile's"
complete -c aws-use -n '_aws_use_at first use env status' -l duration -x -d 'how long the credentials shall live: seconds, 45m or 2h'
complete -c aws-use -n '_aws_use_at first use env status' -l role-arn -x -d 'assume one more role at the end'
complete -c aws-use -n '_aws_use_at first use env status' -l policy -r -F -d 'scope the role down with the session policy in FILE'
complete -c aws-use -n '_aws_use_at first use env status' -l policy-arn -x -d 'scope the role down with a managed policy (up to 10 times)'
complete -c aws-use -n '_aws_use_at first use env' -l token-code -x -d 'the six digits of the MFA device, instead of asking for them'
complete -c aws-use -n '_aws_use_at first use env' -l no-cache -d 'neither read nor write cached credentials'
complete -c aws-use -n '_aws_use_at first use env' -l yes -d 'answer the question of a profile with aws_use_confirm'
complete -c aws-use -n '_aws_use_at env' -l format -x -a 'sh fish json dotenv' -d 'sh, fish, json or dotenv'
complete -c aws-use -n '_aws_use_at status' -l check -d 'ask AWS whether it takes the credentials (GetCallerIdentity)'
complete -c aws-use -n '_aws_use_at status' -l explain -x -a '(_aws_use_profiles)' -d 'print the steps for a profile with reasons; calls nothing'
complete -c aws-use -n '_aws_use_at status list doctor "mfa list"' -l json -d 'as JSON'
complete -c aws-use -n '_aws_use_at renew' -l no-touch -d 'never ask for a touch or a code: status 75 where one is needed'
complete -c aws-use -n '_aws_use_at renew' -l margin -x -d "how long the credentials shall live at least, up to the role's maximum"
complete -c aws-use -n '_aws_use_at prompt' -l setup -d 'print only lines to paste; without NAME the names there are'
complete -c aws-use -n '_aws_use_at token' -l copy -d 'put it on the clipboard instead'
complete -c aws-use -n '_aws_use_at mfa' -l name -x -d "name of the MFA device; enroll: the user's name unless said"
complete -c aws-use -n '_aws_use_at mfa' -l user -x -d "enroll: for another IAM user, with this profile's rights"
complete -c aws-use -n '_aws_use_at mfa' -l keys -x -d 'enroll: put the seed on N YubiKeys, for a spare'
complete -c aws-use -n '_aws_use_at mfa' -l no-touch -d 'enroll: codes without a touch'
complete -c aws-use -n '_aws_use_at mfa' -l qr -d 'enroll: show the seed as a QR code too, for an authenticator'
complete -c aws-use -n '_aws_use_at mfa' -l show-seed -d 'enroll: show the seed as text too, for paper'
complete -c aws-use -n '_aws_use_at mfa' -l last -d 'remove: also the last device that the user has'
complete -c aws-use -n '_aws_use_at mfa' -l yes -d 'answer every question but the one that --last answers'
complete -c aws-use -n '_aws_use_at mfa' -l json -d 'list: as JSON'
complete -c aws-use -n '_aws_use_at "mfa enroll"' -l name -x -d "name of the new MFA device; the user's name unless said"
complete -c aws-use -n '_aws_use_at "mfa enroll"' -l user -x -d "for another IAM user, with this profile's rights"
complete -c aws-use -n '_aws_use_at "mfa enroll"' -l keys -x -d 'put the seed on N YubiKeys, for a spare'
complete -c aws-use -n '_aws_use_at "mfa enroll"' -l no-touch -d 'codes without a touch'
complete -c aws-use -n '_aws_use_at "mfa enroll"' -l qr -d 'show the seed as a QR code too, for an authenticator'
complete -c aws-use -n '_aws_use_at "mfa enroll"' -l show-seed -d 'show the seed as text too, for paper'
complete -c aws-use -n '_aws_use_at "mfa enroll"' -l yes -d 'write mfa_serial without a question; one that is there is asked about all the same'
complete -c aws-use -n '_aws_use_at "mfa resync" "mfa remove"' -l name -x -d 'the MFA device, by its name or its ARN'
complete -c aws-use -n '_aws_use_at "mfa resync"' -l yes -d 'send the codes without a question'
complete -c aws-use -n '_aws_use_at "mfa remove"' -l last -d 'also the last device that the user has'
complete -c aws-use -n '_aws_use_at "mfa remove"' -l yes -d 'remove it without a question; the last one needs --last all the same'
