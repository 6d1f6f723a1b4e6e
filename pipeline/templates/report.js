"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const say = data.say, panel = document.getElementById("panel"), list = document.getElementById("panel-list");
  const title = document.getElementById("panel-title"), count = document.getElementById("panel-count");
  const [DOCUMENT, PARAGRAPH, HEADING, TEXT, CODE, PROBABILITY, STAGE, REVIEW, CODED, MARKS] = Array(10).keys();
  const MOST = 200;

  // Everything that comes from a report goes into the page as text, never as markup.
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const groupOf = (sentence) => data.documents[sentence[DOCUMENT]][1];

  const said = (sentence) => {
    const line = element("p", "said"), text = sentence[TEXT], marks = sentence[MARKS];
    // Marks count code points, as the program that wrote them does.
    const signs = Array.from(text);
    let at = 0;
    for (let i = 0; i < marks.length; i += 2) {
      line.append(signs.slice(at, marks[i]).join(""), element("mark", "", signs.slice(marks[i], marks[i + 1]).join("")));
      at = marks[i + 1];
    }
    line.append(signs.slice(at).join(""));
    return line;
  };

  const item = (sentence) => {
    const made = element("li"), [name, , unit, period] = data.documents[sentence[DOCUMENT]];
    const heading = data.headings[sentence[HEADING]];
    made.append(element("p", "where", [unit, period, heading, `${name} ¶${sentence[PARAGRAPH]}`].filter(Boolean).join(" · ")), said(sentence));
    const tags = element("p", "tags");
    tags.append(element("span", "", `${data.codes[sentence[CODE]]} · ${say.probability} ${sentence[PROBABILITY]}%`), element("span", "", data.stages[sentence[STAGE]]));
    if (sentence[CODED] >= 0) tags.append(element("span", "", `${say.audited_as}${say.separator === ", " ? ": " : "："}${data.codes[sentence[CODED]]}`));
    if (sentence[REVIEW]) tags.append(element("span", "", say.review_mark));
    made.append(tags);
    return made;
  };

  const open = (name, sentences, all) => {
    title.textContent = name;
    const shown = sentences.slice(0, MOST), whole = Math.max(all, shown.length);
    count.textContent = !shown.length ? (all ? fill(say.none, {}) : fill(say.listed_all, { all: 0 })) : fill(shown.length < whole ? say.listed : say.listed_all, { shown: shown.length, all: whole });
    list.replaceChildren(...shown.map(item));
    if (!panel.open) panel.showModal();
    title.focus();
    panel.scrollTop = 0;
  };

  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const openCell = (groups, code) => {
    const every = groups[0] < 0;
    const names = every ? say.all_groups : groups.map((group) => data.groups[group]).join(" − ");
    const all = sum((every ? data.cells : groups.map((group) => data.cells[group])).map((row) => row[code]));
    const found = data.sentences.filter((sentence) => sentence[CODE] === code && (every || groups.includes(groupOf(sentence))));
    found.sort((a, b) => groups.indexOf(groupOf(a)) - groups.indexOf(groupOf(b)));
    open(`${names} · ${data.codes[code]}`, found, all);
  };
  const openStage = (group, stage) => {
    const found = data.sentences.filter((sentence) => sentence[STAGE] === stage && groupOf(sentence) === group);
    open(`${data.groups[group]} · ${data.stages[stage]}`, found, data.stage_cells[group][stage]);
  };
  const openTerm = (number, name) => open(name, data.terms[number].map((place) => data.sentences[place]), data.terms[number].length);

  const series = document.getElementById("series");
  const openPoint = (code, place) => {
    const number = series ? Number(series.value) : 0, period = data.trend.periods[place], name = data.trend.series[number];
    const found = data.sentences.filter((sentence) => {
      const [, , , when, own] = data.documents[sentence[DOCUMENT]];
      return sentence[CODE] === code && when === period && (number === 0 || own === name);
    });
    open([number ? name : say.all_groups, period, data.codes[code]].join(" · "), found, data.trend.counts[number][place][code]);
  };

  const act = (target) => {
    const set = target.dataset;
    if (set.sort !== undefined) sort(target, Number(set.sort));
    else if (set.t !== undefined) openTerm(Number(set.t), target.firstChild.textContent.trim());
    else if (set.s !== undefined) openStage(Number(set.g), Number(set.s));
    else if (set.p !== undefined) openPoint(Number(target.closest("figure").dataset.k), Number(set.p));
    else if (set.k !== undefined && set.g !== undefined) openCell(set.g.split(",").map(Number), Number(set.k));
  };
  const ACTIVE = "button[data-k], button[data-t], button[data-sort], rect[data-s], g[data-p]";
  document.addEventListener("click", (event) => {
    const target = event.target.closest(ACTIVE);
    if (target) act(target);
  });

  const sort = (button, column) => {
    const body = document.querySelector(".heat tbody"), rows = Array.from(body.rows);
    const down = button.getAttribute("aria-sort") !== "descending";
    document.querySelectorAll(".heat [aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    if (down) button.setAttribute("aria-sort", "descending");
    const place = (row) => Number(row.querySelector("button").dataset.g);
    const value = (row) => parseFloat(row.cells[column + 1].textContent);
    rows.sort((a, b) => (place(a) < 0) - (place(b) < 0) ? (place(a) < 0 ? -1 : 1) : down ? value(b) - value(a) : place(a) - place(b));
    body.append(...rows);
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if ((event.key === "Enter" || event.key === " ") && target.matches?.("rect[data-s], g[data-p]")) {
      event.preventDefault();
      act(target);
    }
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const cell = step && target.closest?.(".heat td");
    if (cell) {
      const rows = cell.closest("tbody").rows;
      const next = rows[cell.parentElement.sectionRowIndex + step[0]]?.cells[cell.cellIndex + step[1]]?.querySelector("button");
      if (next) {
        event.preventDefault();
        next.focus();
      }
    }
  });
  document.getElementById("close").addEventListener("click", () => panel.close());
  panel.addEventListener("click", (event) => event.target === panel && panel.close());

  const filters = ["by-category", "by-group"].map((id) => document.getElementById(id));
  filters.forEach((select) => select.addEventListener("change", () => {
    const [code, group] = filters.map((filter) => filter.value);
    document.querySelectorAll(".differences tbody tr").forEach((row) => {
      row.hidden = (code && row.dataset.k !== code) || (group && row.dataset.a !== group && row.dataset.b !== group);
    });
  }));

  // The measures are those of pipeline/chart.py.
  const SVG = "http://www.w3.org/2000/svg";
  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  };
  const draw = (number) => {
    const { periods, values } = data.trend, top = data.trend.tops[number];
    const x = (place) => 30 + (218 * (place + 0.5)) / periods.length, y = (share) => 10 + 94 * (1 - Math.min(share / top, 1.02));
    document.querySelectorAll(".charts figure").forEach((figure) => {
      const code = Number(figure.dataset.k), marks = figure.querySelector(".marks"), known = [];
      values[number].forEach((row, place) => row[code] && known.push([place, row[code]]));
      figure.querySelectorAll(".share").forEach((tick, step) => (tick.textContent = String(50 * step * top)));
      const kinds = [...new Set(known.map(([place]) => periods[place].slice(4)))];
      marks.replaceChildren(...kinds.map((kind) => {
        const same = known.filter(([place]) => periods[place].slice(4) === kind);
        return shape("polyline", { class: kind ? "line part" : "line", points: same.map(([place, value]) => `${x(place)},${y(value[0])}`).join(" ") });
      }));
      known.forEach(([place, value]) => {
        const point = shape("g", { class: "point", role: "button", tabindex: 0, "data-p": place }), tip = shape("title", {});
        const percent = (share) => (100 * share).toFixed(1);
        tip.textContent = `${periods[place]}: ${percent(value[0])}%${value.length > 2 ? ` (${percent(value[2])}–${percent(value[3])})` : ""}`;
        point.append(tip);
        if (value.length > 2) point.append(shape("line", { class: "whisker", x1: x(place), x2: x(place), y1: y(value[2]), y2: y(value[3]) }));
        point.append(shape("circle", { class: "hit", cx: x(place), cy: y(value[0]), r: 11 }), shape("circle", { class: value[1] ? "dot changed" : "dot", cx: x(place), cy: y(value[0]), r: 3.5 }));
        marks.append(point);
      });
    });
  };
  if (series) series.addEventListener("change", () => draw(Number(series.value)));
})();
