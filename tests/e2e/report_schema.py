"""report_schema.py SCHEMA REPORT… [-- REPORT…]: validates reports against docs/report.schema.json (python3-jsonschema), those after
-- also with one fault each: a member too many in an object, one that is missing, one of another type. Prints what is wrong; exit 1
if anything is."""
import copy
import json
import sys

import jsonschema

# Members that a report may lack, and objects whose members are of the job's making.
OPTIONAL = {"detail", "seen", "not_seen", "uncounted", "network"}


def places(value, path=()):
    """The path of each member below `value`."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield path + (key,)
        yield from places(below, path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def faults(report):
    """Reports with one fault, each with a word for it."""
    for path in [()] + [p for p in places(report) if isinstance(at(report, p), dict)]:
        bad = copy.deepcopy(report)
        at(bad, path)["unheard_of"] = 1
        yield path + ("one too many",), bad
    for path in places(report):
        holder, key = path[:-1], path[-1]
        if isinstance(key, str) and key not in OPTIONAL and "seen" not in holder:
            bad = copy.deepcopy(report)
            del at(bad, holder)[key]
            yield path + ("missing",), bad
        bad = copy.deepcopy(report)
        at(bad, holder)[key] = [[]] if not isinstance(at(report, path), list) else "text"
        yield path + ("of another type",), bad


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    valid, _, faulty = "\n".join(sys.argv[2:]).partition("\n--\n")
    wrong = tried = 0
    for name in valid.split("\n") + faulty.split():
        with open(name, encoding="utf-8") as file:
            report = json.load(file)
        for error in validator.iter_errors(report):
            print(f"{name}: {'/'.join(map(str, error.path))}: {error.message[:200]}")
            wrong += 1
        for where, bad in faults(report) if name in faulty.split() else ():
            tried += 1
            if validator.is_valid(bad):
                print(f"{name}: accepted with a fault: {'/'.join(map(str, where))}")
                wrong += 1
    print(f"{tried} faults tried")
    return wrong > 0 or (faulty != "" and tried < 100)


sys.exit(main())
