"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const data = JSON.parse(document.getElementById("data").textContent);
  const say = data.say, panel = document.getElementById("panel"), list = document.getElementById("panel-list");
  const title = document.getElementById("panel-title"), count = document.getElementById("panel-count"), known = document.getElementById("panel-figures");
  const [DOCUMENT, PARAGRAPH, HEADING, TEXT, CODE, PROBABILITY, STAGE, REVIEW, CODED, MARKS] = Array(10).keys();
  const [SHARE, COUNTED, EXPECTED, BY_SENTENCES, FLIPS, LOW, HIGH] = Array(7).keys();
  const MOST = 200;

  // Signs that turn or hide the text around them are shown by their number, as pipeline/report_data.py does.
  const HIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  const visible = (text) => String(text).replace(HIDDEN, (sign) => `[U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
  // Everything that comes from a report goes into the page as text, never as markup.
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = visible(text);
    return made;
  };
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const groupOf = (sentence) => data.documents[sentence[DOCUMENT]][1];
  const percent = (thousandths) => (thousandths / 10).toFixed(1);

  const said = (sentence) => {
    const line = element("p", "said"), marks = sentence[MARKS];
    // Marks count code points, as the program that wrote them does.
    const signs = Array.from(sentence[TEXT]);
    let at = 0;
    for (let i = 0; i < marks.length; i += 2) {
      line.append(visible(signs.slice(at, marks[i]).join("")), element("mark", "", signs.slice(marks[i], marks[i + 1]).join("")));
      at = marks[i + 1];
    }
    line.append(visible(signs.slice(at).join("")));
    return line;
  };

  const item = (sentence) => {
    const made = element("li"), [name, , unit, period] = data.documents[sentence[DOCUMENT]];
    const heading = data.headings[sentence[HEADING]];
    made.append(element("p", "where", [unit, period, heading, `${name} ¶${sentence[PARAGRAPH]}`].filter(Boolean).join(" · ")), said(sentence));
    const tags = element("p", "tags");
    tags.append(element("span", "", `${data.codes[sentence[CODE]]} · ${say.probability} ${sentence[PROBABILITY]}%`), element("span", "", data.stages[sentence[STAGE]]));
    if (sentence[CODED] >= 0) tags.append(element("span", "", `${say.audited_as}${say.colon}${data.codes[sentence[CODED]]}`));
    if (sentence[REVIEW]) tags.append(element("span", "", say.review_mark));
    made.append(tags);
    return made;
  };

  // What is known of a share: the figure, its interval, and what it would be if counted otherwise.
  const figures = (name, cell) => {
    const range = cell.length > LOW ? `${percent(cell[LOW])}–${percent(cell[HIGH])}` : "";
    const first = `${data.audited ? say.audited : say.expected} ${percent(cell[SHARE])}%`;
    const others = [`${say.counted} ${percent(cell[COUNTED])}%`, `${say.by_sentences} ${percent(cell[BY_SENTENCES])}%`];
    if (data.audited) others.unshift(`${say.expected} ${percent(cell[EXPECTED])}%`);
    if (cell[FLIPS]) others.push(say.flips);
    const line = element("li");
    line.append(element("b", "", name ? `${name}${say.colon}${first}` : first), element("span", "", `${range ? ` (${data.audited ? say.interval : say.about} ${range})` : ""} · ${others.join(" · ")}`));
    return line;
  };

  const open = (name, sentences, all, lines = []) => {
    title.textContent = visible(name);
    known.replaceChildren(...lines);
    const shown = sentences.slice(0, MOST), whole = Math.max(all, shown.length);
    const words = shown.length ? (shown.length < whole ? say.listed : say.listed_all) : all ? say.none : say.listed_none;
    const marked = shown.some((sentence) => sentence[MARKS].length) ? ` · ${say.mark_key}` : "";
    count.textContent = fill(words, { shown: shown.length, all: whole }) + marked;
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
    // Of two groups the sentences come in turn, so that both can be read side by side.
    const turn = new Map();
    const rank = new Map(found.map((sentence) => {
      const group = groupOf(sentence), place = turn.get(group) || 0;
      turn.set(group, place + 1);
      return [sentence, 2 * place + (groups.indexOf(group) > 0 ? 1 : 0)];
    }));
    if (groups.length > 1) found.sort((a, b) => rank.get(a) - rank.get(b));
    const lines = groups.map((group) => figures(groups.length > 1 ? data.groups[group] : "", data.figures[group + 1][code]));
    open(`${names} · ${data.codes[code]}`, found, all, lines);
  };
  const openStage = (row, stage) => {
    const code = row[0] === "k" ? Number(row.slice(1)) : -1, group = Number(row);
    const found = data.sentences.filter((sentence) => sentence[STAGE] === stage && (code < 0 ? groupOf(sentence) === group : sentence[CODE] === code));
    const all = code < 0 ? data.stage_cells.groups[group][stage] : data.stage_cells.categories[code][stage];
    open(`${code < 0 ? data.groups[group] : data.codes[code]} · ${data.stages[stage]}`, found, all);
  };
  const openTerm = (number, name) => open(name, data.terms[number].slice(1).map((place) => data.sentences[place]), data.terms[number][0]);

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
    document.querySelectorAll(".chosen").forEach((other) => other.classList.remove("chosen"));
    target.classList.add("chosen");
    if (set.sort !== undefined) sort(target, Number(set.sort));
    else if (set.t !== undefined) openTerm(Number(set.t), target.firstChild.textContent.trim());
    else if (set.s !== undefined) openStage(set.g, Number(set.s));
    else if (set.p !== undefined) openPoint(Number(target.closest("figure").dataset.k), Number(set.p));
    else if (set.k !== undefined && set.g !== undefined) openCell(set.g.split(",").map(Number), Number(set.k));
  };
  const ACTIVE = "button[data-k], button[data-t], button[data-sort], rect[data-s], g[data-p]";
  document.addEventListener("click", (event) => {
    const target = event.target.closest(ACTIVE);
    if (target) act(target);
  });

  const sort = (button, column) => {
    const body = document.querySelector(".heat tbody"), rows = Array.from(body.rows), head = button.closest("th");
    const down = head.getAttribute("aria-sort") !== "descending";
    document.querySelectorAll(".heat [aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    if (down) head.setAttribute("aria-sort", "descending");
    const place = (row) => Number(row.querySelector("button").dataset.g);
    const value = (row) => data.figures[place(row) + 1][column][SHARE];
    rows.sort((a, b) => (place(a) < 0) - (place(b) < 0) ? (place(a) < 0 ? -1 : 1) : (down ? value(b) - value(a) : 0) || place(a) - place(b));
    body.append(...rows);
  };

  // Each chart is one stop of the Tab key; arrows, Home and End move within it.
  const roams = Array.from(document.querySelectorAll("[data-roam]"));
  const settle = (roam, target) => {
    const all = Array.from(roam.querySelectorAll(ACTIVE)), stop = target || all.find((one) => one.tabIndex === 0) || all[0];
    all.forEach((one) => one.setAttribute("tabindex", one === stop ? 0 : -1));
  };
  const rowsOf = (roam) => Array.from(roam.querySelectorAll("[data-row]"), (row) => Array.from(row.querySelectorAll(ACTIVE))).filter((row) => row.length);
  const step = (target, key) => {
    const rows = rowsOf(target.closest("[data-roam]")), down = rows.findIndex((row) => row.includes(target)), across = rows[down].indexOf(target);
    const row = rows[down + ({ ArrowDown: 1, ArrowUp: -1 }[key] || 0)];
    if (key === "Home") return rows[down][0];
    if (key === "End") return rows[down].at(-1);
    if (key === "ArrowRight") return rows[down][across + 1] || rows[down + 1]?.[0];
    if (key === "ArrowLeft") return rows[down][across - 1] || rows[down - 1]?.at(-1);
    return row && row[Math.min(across, row.length - 1)];
  };
  roams.forEach((roam) => {
    settle(roam, roam.querySelector("td button") || undefined);
    roam.addEventListener("focusin", (event) => event.target.matches(ACTIVE) && settle(roam, event.target));
  });
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (!target.matches?.(ACTIVE) || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.key === "Enter" || event.key === " ") && !target.matches("button")) {
      event.preventDefault();
      act(target);
    }
    if (["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      step(target, event.key)?.focus();
    }
  });
  document.querySelectorAll(".heat td button").forEach((button) => {
    const group = Number(button.dataset.g), code = Number(button.dataset.k), cell = data.figures[group + 1][code];
    const range = cell.length > LOW ? ` (${data.audited ? say.interval : say.about} ${percent(cell[LOW])}–${percent(cell[HIGH])})` : "";
    button.setAttribute("aria-label", visible(`${group < 0 ? say.all_groups : data.groups[group]} ${data.codes[code]} ${percent(cell[SHARE])}%${range}`));
  });
  document.getElementById("close").addEventListener("click", () => panel.close());
  panel.addEventListener("close", () => document.querySelectorAll(".chosen").forEach((one) => one.classList.remove("chosen")));
  panel.addEventListener("click", (event) => event.target === panel && panel.close());

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
    const percent = (share) => (100 * share).toFixed(1);
    const table = document.querySelector(".numbers tbody");
    document.querySelectorAll(".charts figure").forEach((figure) => {
      const code = Number(figure.dataset.k), marks = figure.querySelector(".marks"), known = [];
      values[number].forEach((row, place) => {
        const value = row[code], range = value?.length > 2 ? ` (${percent(value[2])}–${percent(value[3])})` : "";
        if (value) known.push([place, value]);
        table.rows[code].cells[place + 1].textContent = value ? `${percent(value[0])}${range}${value[1] ? " ●" : ""}` : "–";
      });
      figure.querySelectorAll(".share").forEach((tick, step) => (tick.textContent = String(50 * step * top)));
      const kinds = [...new Set(known.map(([place]) => periods[place].slice(4)))];
      marks.replaceChildren(...kinds.map((kind) => {
        const same = known.filter(([place]) => periods[place].slice(4) === kind);
        return shape("polyline", { class: kind ? "line part" : "line", points: same.map(([place, value]) => `${x(place)},${y(value[0])}`).join(" ") });
      }));
      known.forEach(([place, value]) => {
        const point = shape("g", { class: "point", role: "button", tabindex: -1, "data-p": place }), tip = shape("title", {});
        tip.textContent = visible(`${periods[place]}: ${table.rows[code].cells[place + 1].textContent}%`);
        point.append(tip);
        if (value.length > 2) point.append(shape("line", { class: "whisker", x1: x(place), x2: x(place), y1: y(value[2]), y2: y(value[3]) }));
        point.append(shape("circle", { class: "hit", cx: x(place), cy: y(value[0]), r: 11 }), shape("circle", { class: value[1] ? "dot changed" : "dot", cx: x(place), cy: y(value[0]), r: 3.5 }));
        marks.append(point);
      });
    });
    settle(document.querySelector(".charts"));
  };
  if (series) series.addEventListener("change", () => draw(Number(series.value)));

  // Differences: rows are made anew from the pairs that fit the filters.
  const SIGNS = ["▲", "▼", "△", "▽", "?"], KINDS = ["writers", "writers", "texts", "texts", "unknown"];
  const WORDS = ["more", "less", "text_more", "text_less", "cannot tell"], LISTED = 300;
  const pairs = data.pairs, many = data.codes.length, body = document.querySelector(".differences tbody");
  const unknown = new Set(pairs.unknown), widest = pairs.difference.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const signed = (value) => (value < 0 ? "−" : "+") + percent(Math.abs(value));
  const bar = (difference, low, high) => {
    const made = shape("svg", { class: "bar", viewBox: "0 0 120 16", "aria-hidden": "true" });
    const x = (value) => 60 + 54 * Math.max(-1, Math.min(1, value / widest));
    made.append(shape("line", { class: "zero", x1: 60, x2: 60, y1: 1, y2: 15 }));
    if (low !== undefined) made.append(shape("line", { class: "whisker", x1: x(low), x2: x(high), y1: 8, y2: 8 }));
    made.append(shape("circle", { class: "dot", cx: x(difference), cy: 8, r: 3.5 }));
    return made;
  };
  const difference = ([at, turned]) => {
    const [one, other] = turned ? [...pairs.groups[Math.floor(at / many)]].reverse() : pairs.groups[Math.floor(at / many)];
    const sign = turned ? -1 : 1, code = at % many, verdict = Number(pairs.verdicts[at]), shown = turned && verdict < 4 ? verdict ^ 1 : verdict;
    const value = sign * pairs.difference[at], interval = data.audited && !unknown.has(at);
    const ends = interval ? [pairs.low[at], pairs.high[at]].map((end) => sign * end).sort((a, b) => a - b) : [];
    const row = element("tr", `${KINDS[shown]} ${data.weak[code]}`.trim()), button = element("button", "link", data.codes[code]);
    row.dataset.row = "";
    Object.assign(button.dataset, { g: `${one},${other}`, k: code });
    button.type = "button";
    if (data.audited) {
      const cell = element("td", "verdict"), mark = element("b", value < 0 ? "down" : "", SIGNS[shown]);
      mark.setAttribute("aria-hidden", "true");
      cell.append(mark, ` ${say[WORDS[shown]]}`);
      row.append(cell);
    }
    const kind = element("td", "kind"), range = element("td", "range");
    kind.append(button);
    range.append(bar(value, ...ends), element("span", "", interval ? ends.map(signed).join(" … ") : ""));
    row.append(element("td", "one", data.groups[one]), element("td", "other", data.groups[other]), kind, element("td", "number", signed(value)), range);
    return row;
  };
  const filters = ["by-category", "by-group", "against", "by-verdict"].map((id) => document.getElementById(id));
  const filter = () => {
    const [code, group, against, verdict] = filters.map((select) => (select && select.value !== "" ? Number(select.value) : -1));
    const found = [];
    pairs.groups.forEach(([one, other], pair) => {
      if ((group >= 0 && one !== group && other !== group) || (against >= 0 && one !== against && other !== against)) return;
      const turned = group >= 0 ? other === group : against >= 0 && one === against;
      for (let kind = 0; kind < many; kind++) {
        const at = pair * many + kind;
        if ((code < 0 || code === kind) && (verdict < 0 || verdict === pairs.verdicts[at] >> 1)) found.push([at, turned]);
      }
    });
    const late = (at) => (data.weak[at % many] === "unreliable" ? 9 : 0) + (pairs.verdicts[at] >> 1);
    found.sort(([a], [b]) => late(a) - late(b) || Math.abs(pairs.difference[b]) - Math.abs(pairs.difference[a]) || a - b);
    body.replaceChildren(...found.slice(0, LISTED).map(difference));
    document.getElementById("matches").textContent = fill(say.matches, { all: found.length.toLocaleString("en"), shown: Math.min(found.length, LISTED) });
    settle(body.closest("[data-roam]"));
  };
  filters.forEach((select) => select?.addEventListener("change", filter));
})();
