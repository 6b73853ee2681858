// The index: shows only the studies whose text holds every word that is typed.
(() => {
  "use strict";
  const box = document.querySelector(".find");
  if (!box) return;
  const input = box.querySelector("input");
  const said = box.querySelector("[role=status]");
  const plain = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const rows = new Map();
  for (const item of document.querySelectorAll("[data-study]")) {
    const key = item.dataset.study;
    rows.set(key, [...(rows.get(key) || []), item]);
  }
  const studies = [...rows.values()].map(items => ({
    items, text: plain(items[items.length - 1].textContent),
  }));
  const find = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const study of studies) {
      const fits = words.every(word => study.text.includes(word));
      count += fits;
      for (const item of study.items) item.hidden = !fits;
    }
    said.textContent = words.length ? `${count} of ${studies.length} studies` : "";
  };
  input.addEventListener("input", find);
  input.addEventListener("keydown", event => {
    if (event.key === "Escape") { input.value = ""; find(); }
  });
  box.hidden = false;
  if (input.value) find();
})();
