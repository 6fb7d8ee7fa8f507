"use strict";
(() => {
  const table = document.getElementById("cracks");
  if (!table) return;
  document.documentElement.classList.add("scripted");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const filter = document.getElementById("cracks-filter");
  const status = document.getElementById("cracks-status");
  const words = new Intl.Collator(undefined, { numeric: true });

  const compare = (column, isNumber) => (a, b) => {
    const [x, y] = [a.cells[column].dataset.value, b.cells[column].dataset.value];
    if (!isNumber) return words.compare(x, y);
    return (x === "" ? -1 : Number(x)) - (y === "" ? -1 : Number(y));
  };

  const sort = (column) => {
    const head = heads[column];
    const isNumber = head.dataset.kind === "number";
    const before = head.getAttribute("aria-sort");
    const order = before ? (before === "ascending" ? "descending" : "ascending") : isNumber ? "descending" : "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const by = compare(column, isNumber);
    rows.sort((a, b) => sign * by(a, b));
    body.append(...rows);
  };

  const show = () => {
    let shown = 0;
    for (const row of rows) {
      row.hidden = filter.value !== "" && row.dataset.photo !== filter.value;
      shown += row.hidden ? 0 : 1;
    }
    const all = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
    status.textContent = shown === rows.length ? all : `${shown} of ${all}`;
  };

  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => sort(column));
  });
  filter.addEventListener("change", show);
  show();
})();
