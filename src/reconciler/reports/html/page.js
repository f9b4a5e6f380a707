// Search and filters for a report that is there without them. Nothing is made out of text here:
// elements are only shown and hidden, and texts are set as texts.
"use strict";
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const input = find("q");
  if (!input) return;
  root.classList.add("js");
  const selects = ["risk", "kind", "cause"].map(find);
  const found = find("found"), clear = find("clear"), tools = input.closest(".tools");
  const ways = { people: find("by-people"), projects: find("by-projects") };
  const views = { people: find("people"), projects: find("projects") };
  let index = null;

  // Once: what is searched as lower-case text, in chunks that are shown and hidden as one.
  function build() {
    if (index) return index;
    const blocks = new Map();
    const read = (view, selector, entry) => view && [...view.querySelectorAll(".part")].map(
      (part) => ({
        part, number: part.querySelector("h3 > .n"),
        chunks: [...part.querySelectorAll(selector)].map((list) => ({
          list, shown: true, entries: Array.from(list.children, entry),
        })),
      })) || [];
    const people = read(views.people, ".blocks", (el) => {
      const data = el.dataset;
      const entry = {
        el, shown: true, text: el.textContent.toLowerCase(), changes: el.lastChild.childElementCount,
        keys: [` ${data.r || "none"} `, ` ${data.k || "person"} `, ` ${data.c || "pending"} `],
      };
      blocks.set(el.id, entry);
      return entry;
    });
    const projects = read(views.projects, ".entries", (el) => {
      const of = blocks.get(el.firstChild.hash.slice(1));
      const name = el.closest(".part").firstChild.firstChild.textContent;
      return {
        el, shown: true, changes: 1, keys: of.keys,
        text: `${name} ${el.textContent}`.toLowerCase(),
      };
    });
    index = { people, projects };
    return index;
  }

  function narrow(parts, words, wanted) {
    let all = 0, left = 0;
    for (const { part, number, chunks } of parts) {
      let entriesLeft = 0, entriesAll = 0;
      for (const chunk of chunks) {
        const fits = chunk.entries.map((entry) =>
          wanted.every((key, at) => !key || entry.keys[at].includes(key))
          && words.every((word) => entry.text.includes(word)));
        const some = fits.filter(Boolean).length;
        entriesAll += fits.length;
        entriesLeft += some;
        chunk.entries.forEach((entry, at) => {
          all += entry.changes;
          if (fits[at]) left += entry.changes;
          // What is in a hidden chunk can stay as it is.
          if (some && entry.shown !== fits[at]) entry.el.hidden = !(entry.shown = fits[at]);
        });
        if (chunk.shown !== some > 0) chunk.list.hidden = !(chunk.shown = some > 0);
      }
      part.hidden = !entriesLeft;
      number.textContent = entriesLeft === entriesAll ? entriesAll.toLocaleString("en")
        : `${entriesLeft.toLocaleString("en")} of ${entriesAll.toLocaleString("en")}`;
    }
    return [left, all];
  }

  function update() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = selects.map((select) => select && select.value ? ` ${select.value} ` : "");
    const narrowed = words.length > 0 || wanted.some(Boolean);
    const built = build();
    const [people, projects] = [built.people, built.projects].map(
      (parts) => narrow(parts, words, wanted));
    const [left, all] = current === "people" ? people : projects;
    const number = (value) => value.toLocaleString("en");
    found.textContent = !narrowed ? "" : left ? `${number(left)} of ${number(all)} changes`
      : "Nothing matches.";
    clear.hidden = !narrowed;
    tools.classList.toggle("narrowed", narrowed);
  }

  let current = "people";
  function show(way) {
    current = way;
    for (const name of Object.keys(views)) {
      if (views[name]) views[name].hidden = name !== way;
      if (ways[name]) ways[name].setAttribute("aria-pressed", String(name === way));
    }
    if (tools.classList.contains("narrowed")) update();
  }

  function reset() {
    input.value = "";
    for (const select of selects) if (select) select.value = "";
    update();
  }

  input.addEventListener("input", update);
  for (const select of selects) if (select) select.addEventListener("change", update);
  for (const way of Object.keys(ways)) {
    if (ways[way]) ways[way].addEventListener("click", () => show(way));
  }
  clear.addEventListener("click", () => { reset(); input.focus(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    } else if (event.key === "Escape" && tools.contains(event.target)) {
      reset();
    }
  });
  // Whoever is sent to a change sees it, whatever is hidden at the time.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const target = link && find(link.hash.slice(1));
    if (!target) return;
    if (views.people.contains(target)) {
      if (target.closest("[hidden]") && tools.classList.contains("narrowed")) reset();
      show("people");
    }
    if (target.tagName === "DETAILS") target.open = true;
  });
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
  show("people");
  (window.requestIdleCallback || window.setTimeout)(build);
})();
