# shellcheck shell=bash source=/dev/null
_aws_use_loader=${BASH_SOURCE[0]} # a link where bash-it has put one; bash cannot read it by itself
[[ ! -L $_aws_use_loader ]] || _aws_use_loader=$(readlink -f -- "$_aws_use_loader")
[[ $_aws_use_loader == */* ]] || _aws_use_loader=./$_aws_use_loader
source "${_aws_use_loader%/*}/shell/aws-use.bash"
[[ ! -r ${_aws_use_loader%/*}/completions/aws-use.bash ]] || source "${_aws_use_loader%/*}/completions/aws-use.bash"
