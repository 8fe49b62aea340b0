"""Compares standin with whole-database copies, interleaved, on two throw-away clusters. Standard library only; Linux.

CPU of a cluster: postmaster, its living children and those it has reaped, from /proc; of a client: the process and its
children, from wait4. Walls on a shared machine vary by a fifth between equal runs: read the medians, and the CPU first.
"""
import json, os, shutil, statistics, subprocess, sys, threading, time

ROUNDS, BENCH, STANDIN = int(sys.argv[1]), os.environ["BENCH_DIR"], os.environ["STANDIN"]
SOURCE, TARGET = os.environ["SOURCE_PORT"], os.environ["TARGET_PORT"]
HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = ["users", "payment_methods", "orders", "order_items", "audit_logs"]
TICK = os.sysconf("SC_CLK_TCK")


def uri(port, database="shop"):
    return f"postgresql://postgres@127.0.0.1:{port}/{database}?sslmode=disable"


def sql(url, *statements):
    command = ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", url]
    for statement in statements:
        command += ["-c", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def stat(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()
    return int(fields[1]), sum(map(int, fields[11:13])) / TICK, sum(map(int, fields[13:15])) / TICK


def cluster_cpu(name):
    postmaster = int(open(f"{BENCH}/{name}/postmaster.pid").readline())
    _, own, reaped = stat(postmaster)
    total = own + reaped
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent, used, _ = stat(pid)
            total += used if parent == postmaster else 0
        except OSError:
            pass
    return total


def tree(pid):
    try:
        children = [c for t in os.listdir(f"/proc/{pid}/task") for c in open(f"/proc/{pid}/task/{t}/children").read().split()]
    except OSError:
        return [pid]
    return [pid] + [below for child in children for below in tree(child)]


def watch(pid, peaks, stop):
    """Keeps the greatest resident size of each process below pid, in MiB."""
    while not stop.wait(0.1):
        for process in tree(pid):
            try:
                if os.readlink(f"/proc/{process}/exe") == os.readlink("/proc/self/exe"):
                    continue  # not yet executed: still ourselves
                size = next(l for l in open(f"/proc/{process}/status") if l.startswith("VmHWM")).split()[1]
                peaks[process] = max(peaks.get(process, 0), int(size) / 1024)
            except (OSError, StopIteration):
                pass


def prepare():
    server = uri(TARGET, "postgres")
    for name in sql(server, "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres','template0','template1')").split():
        sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')
    sql(server, "CREATE DATABASE shop", "CHECKPOINT")
    sql(uri(SOURCE), "CHECKPOINT")
    shutil.rmtree(f"{BENCH}/pgcopydb", ignore_errors=True)
    os.sync()
    time.sleep(0.3)


def measure(command):
    prepare()
    source, target, peaks, stop = cluster_cpu("source"), cluster_cpu("target"), {}, threading.Event()
    began = time.monotonic()
    with open(f"{BENCH}/client.log", "wb") as log:
        process = subprocess.Popen(["bash", "-o", "pipefail", "-c", command], stdout=log, stderr=log)
    watcher = threading.Thread(target=watch, args=(process.pid, peaks, stop))
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    stop.set()
    watcher.join()
    time.sleep(0.15)
    if process.returncode != 0:
        sys.exit(f"failed: {command}\n{open(f'{BENCH}/client.log').read()}")
    counted = [sql(uri(port), "SELECT " + "||' '||".join(f"(SELECT count(*) FROM {t})" for t in TABLES)) for port in (SOURCE, TARGET)]
    if counted[0] != counted[1]:
        sys.exit(f"rows differ: {command}: {counted}")
    return {"wall": wall, "client": used.ru_utime + used.ru_stime, "source": cluster_cpu("source") - source,
            "target": cluster_cpu("target") - target, "rss": max(peaks.values(), default=0)}


def main():
    refresh = f"SOURCE_URL='{uri(SOURCE)}' TARGET_URL='{uri(TARGET)}' exec '{STANDIN}' refresh -q --adopt --rules '{HERE}/%s.yaml'"
    tools = {"pg_dump -Fc | pg_restore": f"pg_dump -Fc -d '{uri(SOURCE)}' | pg_restore -d '{uri(TARGET)}'"}
    if shutil.which("pgcopydb"):
        tools["pgcopydb clone -T2 -I2"] = (f"exec pgcopydb clone --table-jobs 2 --index-jobs 2 --dir '{BENCH}/pgcopydb' "
                                           f"--source '{uri(SOURCE)}' --target '{uri(TARGET)}'")
    tools["standin, 8 columns masked"] = refresh % "masked"
    tools["standin, all kept"] = refresh % "kept"
    runs = {name: [] for name in tools}
    for round_number in range(ROUNDS):
        for name, command in tools.items():
            runs[name].append(measure(command))
            print(f"{round_number + 1}/{ROUNDS} {name}: {runs[name][-1]['wall']:.2f} s", file=sys.stderr, flush=True)
    with open(f"{BENCH}/results.json", "w") as file:
        json.dump(runs, file, indent=1)
    report(runs)


def report(runs):
    median = {name: {key: statistics.median(run[key] for run in all_runs) for key in all_runs[0]} for name, all_runs in runs.items()}
    for values in median.values():
        values["cpu"] = values["client"] + values["source"] + values["target"]
    print(f"\n{'':28} {'wall s':>8} {'CPU s':>8} {'source':>8} {'client':>8} {'target':>8} {'RSS MiB':>8}")
    for name, v in median.items():
        print(f"{name:28} {v['wall']:8.2f} {v['cpu']:8.2f} {v['source']:8.2f} {v['client']:8.2f} {v['target']:8.2f} {v['rss']:8.0f}")
    masked, kept = median["standin, 8 columns masked"], median["standin, all kept"]
    print(f"\nmedians of {ROUNDS} interleaved runs; the masked clone as a share of")
    for name in [name for name in median if not name.startswith("standin")]:
        print(f"  {name:28} wall {masked['wall'] / median[name]['wall']:.2f}   CPU of all sides {masked['cpu'] / median[name]['cpu']:.2f}")
    print(f"  {'the same clone, all kept':28} wall {masked['wall'] / kept['wall']:.2f}   CPU of all sides {masked['cpu'] / kept['cpu']:.2f}")
    peak = max(run["rss"] for run in runs["standin, 8 columns masked"])
    print(f"standin's share of all CPU {masked['client'] / masked['cpu']:.1%}, greatest resident size {peak:.0f} MiB")


main()
