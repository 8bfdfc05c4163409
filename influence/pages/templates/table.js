// Tables that sort and filter in the page itself: the page works without this, only without the buttons.
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const section = table.closest(".table");
  const status = section.querySelector("[role=status]");
  const words = new Intl.Collator(undefined, { numeric: true });
  const value = (row, place) => row.cells[place].dataset.value;
  const compare = (one, other, place, numeric) => {
    const [a, b] = [value(one, place), value(other, place)];
    return numeric ? a - b : words.compare(a, b);
  };
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const numeric = head.dataset.type === "number";
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const falling = before ? before === "ascending" : numeric;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      // an unknown value is neither small nor large: it stays at the end
      const known = rows.filter((row) => value(row, place) !== undefined);
      const unknown = rows.filter((row) => value(row, place) === undefined);
      known.sort((a, b) => (falling ? -1 : 1) * compare(a, b, place, numeric));
      body.append(...known, ...unknown);
      status.textContent = `Sorted by ${button.textContent.trim()}, ${falling ? "falling" : "rising"}`;
    });
  });
  const controls = section.querySelector(".controls");
  const filter = section.querySelector("input[type=search]");
  if (!filter) continue;
  controls.hidden = false;
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  filter.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.every((word) => texts.get(row).includes(word));
      shown += row.hidden ? 0 : 1;
    }
    status.textContent = wanted.length ? `${shown} of ${rows.length} rows` : "";
  });
}
