#!/bin/sh
# Print the Python to use: the one given, else the first that runs and is new enough
# (a version manager may leave names that do not run). With none, say in one line on
# stderr what to do.
given=$1
if [ -n "$given" ]; then
    set -- "$given"
else
    set -- python3 python3.13 python3.12 python3.11
fi

found='' # versions that do not do
bare=''  # one that would do, but cannot make environments (Debian divides it)
for python in "$@"; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case $version in
    3.11 | 3.12 | 3.13)
        if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            command -v "$python"
            exit 0
        fi
        bare=$version
        ;;
    *) found="${found:+$found, }$version" ;;
    esac
done

if [ -n "$bare" ]; then
    echo "Python $bare has no venv module: install it (Debian: apt install python$bare-venv), or: make PYTHON=/path/to/python3.12" >&2
else
    echo "discord-warehouse needs Python 3.11, 3.12 or 3.13; found ${found:-none${given:+ that runs as $given}}: install one, or: make PYTHON=/path/to/python3.12" >&2
fi
exit 1
