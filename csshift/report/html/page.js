"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const form = document.getElementById("filters");
  const grid = document.getElementById("grid");
  const rows = [...grid.tBodies[0].rows];
  const people = [...document.getElementById("people").rows];
  const counts = [...grid.tFoot.rows];
  const tip = document.getElementById("tip");
  const last = data.dates.length;

  // Filters: what is chosen hides the other people in the roster and in the fairness table.
  const chosen = (name) => {
    const field = form.elements[name];
    if (!field || field.value === "") return null;
    return field.selectedOptions ? field.selectedOptions[0].dataset.value : field.value;
  };
  const filter = () => {
    const team = chosen("team"), skill = chosen("skill"), store = chosen("store");
    const person = (chosen("person") || "").trim().toLowerCase();
    const kept = [];
    data.agents.forEach((agent, i) => {
      const fits = (team === null || agent.team === team)
        && (skill === null || agent.skills.includes(skill))
        && (store === null || !agent.stores.length || agent.stores.includes(store))
        && agent.name.toLowerCase().includes(person);
      rows[i].hidden = people[i].hidden = !fits;
      if (fits) kept.push(i);
    });
    document.getElementById("shown").textContent = words.shown
      .replace("{shown}", kept.length).replace("{total}", rows.length);
    recount(kept);
  };
  const recount = (kept) => {
    const each = counts.map(() => new Array(last).fill(0));
    for (const i of kept) {
      data.grid[i].forEach((code, day) => {
        if (code < 0) return;
        each[code][day] += 1;
        each[each.length - 1][day] += 1;
      });
    }
    counts.forEach((row, i) => each[i].forEach((n, day) => { row.cells[day + 1].textContent = n; }));
  };
  form.addEventListener("input", filter);
  form.addEventListener("change", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());

  // Details: one card for cells and charts; it replaces the plain tooltip while it shows.
  let silenced = null;
  const hide = () => {
    tip.hidden = true;
    if (silenced) silenced.element.title = silenced.title;
    silenced = null;
  };
  const show = (element, x, y, head, lines) => {
    hide();
    if (element.title) {
      silenced = { element, title: element.title };
      element.removeAttribute("title");
    }
    tip.replaceChildren();
    const strong = document.createElement("strong");
    strong.textContent = head;
    tip.append(strong);
    for (const line of lines) {
      const part = document.createElement("span");
      part.textContent = line;
      tip.append(part);
    }
    tip.hidden = false;
    const left = Math.min(x + 14, innerWidth - tip.offsetWidth - 8);
    const below = y + 18 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, below ? y + 18 : y - tip.offsetHeight - 12)}px`;
  };
  const place = (cell) => {
    if (!cell || cell.tagName !== "TD") return null;
    const agent = rows.indexOf(cell.parentNode), day = cell.cellIndex - 1;
    return agent < 0 || day < 0 || day >= last ? null : [agent, day];
  };
  const describe = (cell, x, y) => {
    const where = place(cell);
    if (!where) return hide();
    const [agent, day] = where, code = data.grid[agent][day], key = `${agent}:${day}`;
    const lines = [data.dates[day]];
    lines.push(code >= 0 ? data.shifts[code].join(" · ")
      : [words.off, words.leave, words["not-employed"]][-1 - code]);
    lines.push(...(data.notes[key] || []));
    const time = data.time[key] || [];
    if (time.length) lines.push(`${words.queues}:`);
    for (let i = 0; i < time.length; i += 2) {
      lines.push(`  ${data.queues[time[i]]} ${time[i + 1]} ${words["hours-unit"]}`);
    }
    show(cell, x, y, data.agents[agent].name, lines);
  };
  grid.addEventListener("pointerover", (event) =>
    describe(event.target.closest("td"), event.clientX, event.clientY));
  grid.addEventListener("pointerleave", hide);

  // Arrow keys walk through the cells; one of them is in the order of the Tab key.
  let current = null;
  const step = (cell) => {
    if (current) current.tabIndex = -1;
    current = cell;
    current.tabIndex = 0;
  };
  const first = () => rows.find((row) => !row.hidden);
  if (first()) step(first().cells[1]);
  grid.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td");
    if (!place(cell)) return;
    step(cell);
    const box = cell.getBoundingClientRect();
    describe(cell, box.left, box.bottom - 12);
  });
  grid.addEventListener("focusout", hide);
  form.addEventListener("input", () => {
    if (current && current.parentNode.hidden && first()) step(first().cells[1]);
  });
  grid.addEventListener("keydown", (event) => {
    const where = place(event.target);
    if (event.key === "Escape") hide();
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const by = move[event.key];
    if (!where || !by) return;
    event.preventDefault();
    let [row, day] = where;
    day = Math.min(last - 1, Math.max(0, day + by[1]));
    let next = row + by[0];
    while (rows[next] && rows[next].hidden) next += by[0];
    if (by[0] && rows[next]) row = next;
    step(rows[row].cells[day + 1]);
    current.focus();
  });

  // Charts: the figures of the interval under the pointer.
  const clock = (minutes) =>
    [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, "0")).join(":");
  document.querySelectorAll("details.skill").forEach((chart) => {
    const values = data.coverage[Number(chart.dataset.skill)];
    chart.addEventListener("pointermove", (event) => {
      const figure = event.target.closest("figure");
      if (!figure) return hide();
      const box = figure.querySelector("svg").getBoundingClientRect();
      const day = Number(figure.dataset.day), size = values.required[day].length;
      const at = Math.floor((event.clientX - box.left) / box.width * size);
      if (at < 0 || at >= size) return hide();
      show(figure, event.clientX, event.clientY,
        `${data.covered[day]} ${clock((data.first + at) * data.minutes)}`,
        ["required", "supplied", "shortage"].map((key) => `${words[key]} ${values[key][day][at]}`));
    });
    chart.addEventListener("pointerleave", hide);
  });

  addEventListener("scroll", hide, { passive: true, capture: true });
  addEventListener("beforeprint", () => {
    hide();
    document.querySelectorAll("details").forEach((part) => { part.open = true; });
  });
})();
