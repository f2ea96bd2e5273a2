#!/bin/sh
# Make a virtual environment with the newest supported Python that works here, or with a given one.
# A working environment with any Python does not change. A half-built or moved one is made again.
#
#   sh tools/make_venv.sh FOLDER [PYTHON]
set -eu

# The newest first. pyproject.toml lists the same versions for pip.
SUPPORTED='3.13 3.12 3.11'
venv=$1 wish=${2-}

refuse() {
    echo "make: $*" >&2
    exit 1
}

# Print a Python's version. PATH may contain stubs that do not run.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' </dev/null 2>/dev/null
}

# Print why a Python cannot be used, or nothing if it can.
fault_of() {
    if ! version=$(version_of "$1"); then
        echo 'does not run'
        return
    fi
    case " $SUPPORTED " in
    *" $version "*) ;;
    *) echo "is Python $version" && return ;;
    esac
    # Debian packages ensurepip and venv separately: python3.12 needs python3.12-venv.
    "$1" -c 'import ensurepip, venv' </dev/null >/dev/null 2>&1 ||
        echo "has no ensurepip or venv (on Debian: install python$version-venv)"
}

# Print the command of the newest supported Python, or nothing if there is none.
newest() {
    for version in $SUPPORTED; do
        for python in "python$version" python3; do
            if [ "$(version_of "$python")" = "$version" ] && [ -z "$(fault_of "$python")" ]; then
                echo "$python"
                return
            fi
        done
    done
}

# Print all Pythons that were found and their faults, on one line.
found() {
    all=
    for python in $(for version in $SUPPORTED; do echo "python$version"; done) python3; do
        if command -v "$python" >/dev/null; then
            all="$all${all:+, }$python $(fault_of "$python")"
        fi
    done
    echo "${all:-none}"
}

# Scripts of an environment name its folder, and do not work after a move.
stayed() {
    [ -f "$venv/bin/pip" ] || return 0
    for folder in "$(cd "$venv/bin" && pwd)" "$(cd "$venv/bin" && pwd -P)"; do
        grep -qF "$folder/" "$venv/bin/pip" 2>/dev/null && return
    done
    return 1
}

if "$venv/bin/python" -m pip --version >/dev/null 2>&1 && stayed; then
    has=$(version_of "$venv/bin/python")
    if [ -n "$wish" ] && [ "$(version_of "$wish")" != "$has" ]; then
        refuse "$venv has Python $has, but PYTHON=$wish is another version: remove it (rm -r $venv)," \
            "or make another environment (VENV=folder)"
    fi
    exit 0
fi

python=${wish:-$(newest)}
if [ -z "$python" ]; then
    refuse "no supported Python works here: expected one of $SUPPORTED with ensurepip and venv," \
        "found: $(found); install one, or give its path: make env PYTHON=/path/to/python"
fi
fault=$(fault_of "$python")
if [ -n "$fault" ]; then
    refuse "PYTHON=$python $fault; expected one of $SUPPORTED with ensurepip and venv"
fi

if [ -d "$venv" ] && [ ! -f "$venv/pyvenv.cfg" ] && [ -n "$(ls -A "$venv")" ]; then
    refuse "$venv holds other files and is no environment: choose another folder (VENV=folder)"
fi

echo "make: creating $venv with Python $(version_of "$python"), $(command -v "$python")"
clear= new=
if [ -f "$venv/pyvenv.cfg" ]; then
    clear=--clear # an environment that was left half built, or moved
elif [ ! -e "$venv" ]; then
    new=$venv
fi
trap 'rm -rf "$new"; exit 1' HUP INT TERM
# shellcheck disable=SC2086  # an empty $clear vanishes, $said becomes one line
if ! said=$("$python" -m venv $clear "$venv" 2>&1); then
    rm -rf "$new"
    refuse "$python -m venv $venv failed:" $said
fi
