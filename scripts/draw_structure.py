#!/usr/bin/env python3
"""Draws which room includes which, from the include lines of all rooms.

    scripts/draw_structure.py            writes docs/figures/structure.svg
    scripts/draw_structure.py --check    fails when that file is not what the includes give

A room stands above all rooms that it includes. Arrows that follow from others are left out: with
runtime -> study and study -> base there is no arrow runtime -> base. The layout is Sugiyama's:
floors, dummies where an arrow passes a floor, few crossings, short arrows.
"""
import collections
import functools
import pathlib
import sys

import check_layers

ROOT = check_layers.ROOT
FIGURE = ROOT / "docs/figures/structure.svg"
PUBLIC = "include/sherpa"

WIDTH, MARGIN, PITCH, BOX_HEIGHT, GAP = 1200, 14, 104, 42, 9

STYLE = """
  svg { --paper: #ffffff; --floor: #f3f4f6; --ink: #1f2328; --soft: #59636e; --line: #8b949e; }
  .algorithms { --fill: #ddf4ff; --edge: #54aeff; } .schedulers { --fill: #fff1cf; --edge: #d4a72c; }
  .actors { --fill: #ffe9e4; --edge: #ec775c; } .dashboard { --fill: #fbefff; --edge: #c297ff; }
  .core { --fill: #dafbe1; --edge: #4ac26b; } .runtime { --fill: #e7ebf0; --edge: #818b98; }
  .include { --fill: #ffffff; --edge: #1f2328; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --floor: #151b23; --ink: #f0f6fc; --soft: #9198a1; --line: #6e7681; }
    .algorithms { --fill: #0c2d52; --edge: #388bfd; } .schedulers { --fill: #3d2e00; --edge: #bb8009; }
    .actors { --fill: #4a1a10; --edge: #db6d52; } .dashboard { --fill: #33195c; --edge: #a371f7; }
    .core { --fill: #0f3d20; --edge: #2ea043; } .runtime { --fill: #2a313c; --edge: #848d97; }
    .include { --fill: #0d1117; --edge: #f0f6fc; }
  }
  text { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; text-anchor: middle; fill: var(--ink); }
  .name { font-size: 13px; font-weight: 600; } .folder { font-size: 10.5px; fill: var(--soft); }
  .count { font-size: 11px; fill: var(--soft); stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
  .caption { font-size: 12px; fill: var(--soft); text-anchor: start; }
  .box { fill: var(--fill); stroke: var(--edge); stroke-width: 1.5px; }
  .arrow { fill: none; stroke: var(--line); stroke-width: 1.3px; marker-end: url(#tip); }
  .paper { fill: var(--paper); } .floor { fill: var(--floor); } #tip path { fill: var(--line); }
"""


# The includes.


def included_rooms(text, rooms):
    """The room of every include line of a file that names a file of a room."""
    for line in text.splitlines():
        found = check_layers.INCLUDE.match(line)
        if not found:
            continue
        if found[1] == "<":
            room = PUBLIC if found[2].startswith("sherpa/") else None
        else:
            room = check_layers.room_of(found[2].rsplit("/", 1)[0], rooms)
        if room:
            yield room


def count_includes(root, rooms):
    """{room: {room that it includes: number of include lines}} without a room's own."""
    counts = {room: collections.Counter() for room in rooms}
    for top in sorted({room.split("/")[0] for room in rooms}):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            room = check_layers.room_of(str(file.relative_to(root)), rooms)
            if room:
                counts[room].update(included_rooms(file.read_text(), rooms))
    for room, counted in counts.items():
        del counted[room]
    return counts


def without_shortcuts(includes):
    """{room: rooms} with only those includes that do not follow from others."""

    @functools.cache
    def reached(room):
        return frozenset(includes[room]).union(*(reached(other) for other in includes[room]))

    return {
        room: sorted(a for a in others if not any(a in reached(b) for b in others if b != a))
        for room, others in includes.items()
    }


def circle(includes):
    """Rooms that include one another in a circle, [a, b, …, a], or None."""
    done = set()

    def visit(room, path):
        if room in path:
            return path[path.index(room):] + [room]
        if room in done:
            return None
        found = None
        for other in sorted(includes[room]):
            found = found or visit(other, path + [room])
        done.add(room)
        return found

    return next((found for room in includes if (found := visit(room, []))), None)


# The layout.


def floors_of(includes):
    """{room: floor}: above all rooms that it includes. Where a room may stand on several floors, the
    one with the shortest arrows; among equals the one with the fewest rooms, then the highest."""
    users = {room: [user for user in includes if room in includes[user]] for room in includes}

    @functools.cache
    def lowest(room):
        return 1 + max((lowest(other) for other in includes[room]), default=-1)

    floors = {room: lowest(room) for room in includes}
    for room in sorted(includes, key=lambda room: -floors[room]):
        arrows_down, arrows_up = len(includes[room]), len(users[room])
        if not arrows_down or not arrows_up:
            continue
        rooms_on = collections.Counter(floors[other] for other in includes if other != room)
        floors[room] = min(
            range(floors[room], min(floors[user] for user in users[room])),
            key=lambda floor: (floor * (arrows_down - arrows_up), rooms_on[floor], -floor))
    return floors


def with_dummies(includes, floors):
    """The rooms of each floor and the steps of arrows from floor to floor. A dummy, named (user,
    room, floor), stands where an arrow passes a floor."""
    rows = [[room for room in includes if floors[room] == floor]
            for floor in range(max(floors.values()) + 1)]
    steps = []
    for user, others in includes.items():
        for room in others:
            way = [user]
            for floor in range(floors[user] - 1, floors[room], -1):
                way.append((user, room, floor))
                rows[floor].append(way[-1])
            way.append(room)
            steps += zip(way, way[1:])
    return rows, steps


def neighbours_of(steps):
    below, above = collections.defaultdict(list), collections.defaultdict(list)
    for upper, lower in steps:
        below[upper].append(lower)
        above[lower].append(upper)
    return below, above


def crossings(rows, below):
    """How many pairs of steps cross."""
    total = 0
    for lower, upper in zip(rows, rows[1:]):
        place = {node: i for i, node in enumerate(lower)}
        ends = [sorted(place[other] for other in below[node]) for node in upper]
        for i, left in enumerate(ends):
            total += sum(a > b for right in ends[i + 1:] for a in left for b in right)
    return total


def order(rows, steps):
    """Sorts each floor so that few steps cross: by the mean place of the neighbours, up and down
    in turn, then by exchanging neighbours; the best order of all is kept."""
    below, above = neighbours_of(steps)
    best = [list(row) for row in rows]
    for sweep in range(24):
        neighbours, way = (below, range(1, len(rows))) if sweep % 2 else (
            above, range(len(rows) - 2, -1, -1))
        for floor in way:
            fixed = rows[floor - 1] if neighbours is below else rows[floor + 1]
            place = {node: i for i, node in enumerate(fixed)}
            rank = {node: i for i, node in enumerate(rows[floor])}

            def mean(node):
                places = [place[other] for other in neighbours[node]]
                return sum(places) / len(places) if places else rank[node]

            rows[floor].sort(key=mean)
        exchange(rows, below)
        if crossings(rows, below) < crossings(best, below):
            best = [list(row) for row in rows]
    return best


def exchange(rows, below):
    """Exchanges nodes that stand side by side as long as that saves crossings."""
    fewest, better = crossings(rows, below), True
    while better:
        better = False
        for row in rows:
            for i in range(len(row) - 1):
                row[i], row[i + 1] = row[i + 1], row[i]
                now = crossings(rows, below)
                if now < fewest:
                    fewest, better = now, True
                else:
                    row[i], row[i + 1] = row[i + 1], row[i]


def width_of(node, arrows):
    """Wide enough for its text, and for its arrows side by side."""
    if isinstance(node, tuple):
        return 8
    folder, name = label(node)
    return max(70, round(5.7 * len(folder)) + 12, 8 * len(name) + 16, 15 * arrows[node] + 8)


def label(room):
    """("runtime/", "cli"): the small line and the large one."""
    if room == PUBLIC:
        return "", room
    folder, _, name = room.rpartition("/")
    return (folder + "/" if folder else "", name)


def spread(wished, widths):
    """Centres as near as possible to the wished ones, in this order, that do not overlap and lie
    within the figure: least squares by pooling adjacent violators."""
    offsets, at = [], 0
    for width in widths:
        offsets.append(at + width / 2)
        at += width + GAP
    blocks = []
    for wish, offset in zip(wished, offsets):
        blocks.append([wish - offset, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, n = blocks.pop()
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * n) / (blocks[-1][1] + n),
                          blocks[-1][1] + n]
    shifts = [mean for mean, n in blocks for _ in range(n)]
    last = WIDTH - MARGIN - (at - GAP)
    return [min(max(shift, MARGIN), max(last, MARGIN)) + offset
            for shift, offset in zip(shifts, offsets)]


def place(rows, steps):
    """{node: x of its centre}, near the mean of its neighbours; and {room: its width}."""
    below, above = neighbours_of(steps)
    arrows = {node: max(len(below[node]), len(above[node])) for row in rows for node in row}
    widths = {node: width_of(node, arrows) for row in rows for node in row}
    x = {}
    for row in rows:
        step = (WIDTH - 2 * MARGIN) / len(row)
        x.update(zip(row, spread([MARGIN + step * (i + 0.5) for i in range(len(row))],
                                 [widths[node] for node in row])))
    for sweep in range(40):
        for row in rows if sweep % 2 else reversed(rows):
            wished = []
            for node in row:
                near = [x[other] for other in below[node] + above[node]]
                wished.append(sum(near) / len(near) if near else x[node])
            x.update(zip(row, spread(wished, [widths[node] for node in row])))
    return x, widths


# The figure.


def ports(includes, rows, x, widths):
    """Where arrows leave and reach their rooms: {(user, room): (x below user, x above room)}, side
    by side in the order of what they lead to next."""
    below, above = collections.defaultdict(list), collections.defaultdict(list)
    known = {node for row in rows for node in row}
    floor = {node: i for i, row in enumerate(rows) for node in row}
    for user, others in includes.items():
        for room in others:
            first, last = (user, room, floor[user] - 1), (user, room, floor[room] + 1)
            below[user].append((x[first] if first in known else x[room], room))
            above[room].append((x[last] if last in known else x[user], user))
    leave, reach = {}, {}
    for centre, ends, out in ((below, leave, True), (above, reach, False)):
        for room, others in centre.items():
            step = min(20, (widths[room] - 10) / len(others))
            for i, (_, other) in enumerate(sorted(others)):
                key = (room, other) if out else (other, room)
                ends[key] = x[room] + step * (i - (len(others) - 1) / 2)
    return {key: (leave[key], reach[key]) for key in leave}


def draw(counts):
    includes = without_shortcuts(counts)
    floors = floors_of(includes)
    rows, steps = with_dummies(includes, floors)
    rows = order(rows, steps)
    x, widths = place(rows, steps)
    ends = ports(includes, rows, x, widths)
    height = MARGIN + PITCH * (len(rows) - 1) + BOX_HEIGHT + 48

    def top(floor):
        return MARGIN + PITCH * (len(rows) - 1 - floor)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
           f'width="{WIDTH}" height="{height}" role="img">',
           "<title>The rooms of Sherpa and their includes</title>",
           "<!-- Made by scripts/draw_structure.py from the include lines of all rooms. -->",
           f"<style>{STYLE}</style>",
           '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
           'markerHeight="7" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker></defs>',
           f'<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>']
    out += [f'<rect class="floor" x="0" y="{top(floor) - 8}" width="{WIDTH}" '
            f'height="{BOX_HEIGHT + 16}"/>' for floor in range(len(rows))]
    labels = []
    for user, others in includes.items():
        for room in others:
            start, end = ends[user, room]
            points = [(start, top(floors[user]) + BOX_HEIGHT)]
            for floor in range(floors[user] - 1, floors[room], -1):
                passed = x[user, room, floor]
                points += [(passed, top(floor) - 8), (passed, top(floor) + BOX_HEIGHT + 8)]
            points.append((end, top(floors[room]) - 1))
            out.append(f'<path class="arrow" d="{path(points)}"/>')
            labels.append(f'<text class="count" x="{end:.1f}" y="{top(floors[room]) - 14}">'
                          f"{counts[user][room]}</text>")
    out += labels
    for row, nodes in enumerate(rows):
        out += [box(node, x[node], top(row), widths[node]) for node in nodes
                if not isinstance(node, tuple)]
    out += [f'<text class="caption" x="{MARGIN}" y="{height - 14}">A room includes the rooms below '
            "it that its arrows lead to, directly or by way of others. A number counts the include "
            "lines between two rooms.</text>", "</svg>"]
    return "\n".join(out) + "\n"


def path(points):
    """A curve that is vertical at every point; straight across floors."""
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        if x1 == x2:
            d += f"V{y2:.1f}"
        else:
            middle = (y1 + y2) / 2
            d += f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
    return d


def box(room, centre, top, width):
    folder, name = label(room)
    text = f'<text class="name" x="{centre:.1f}" y="{top + (33 if folder else 26)}">{name}</text>'
    if folder:
        text = f'<text class="folder" x="{centre:.1f}" y="{top + 16}">{folder}</text>' + text
    return (f'<g class="{room.split("/")[0]}"><rect class="box" x="{centre - width / 2:.1f}" '
            f'y="{top}" width="{width}" height="{BOX_HEIGHT}" rx="6"/>{text}</g>')


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    counts = count_includes(ROOT, check_layers.table())
    if found := circle(counts):
        print("rooms include one another in a circle: " + " -> ".join(found))
        return 1
    drawn, name = draw(counts), FIGURE.relative_to(ROOT)
    if not arguments:
        FIGURE.write_text(drawn)
    elif not FIGURE.exists() or FIGURE.read_text() != drawn:
        print(f"{name}: not what the includes give; run scripts/draw_structure.py")
        return 1
    else:
        print(f"{name}: shows what the includes give")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
