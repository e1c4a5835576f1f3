// Finds things the way a person does: by what is to be seen, and in a dialog while one is open.
window.__scope = () => [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
window.__visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
window.__text = (element) => element.innerText.replace(/\s+/g, " ").trim();
window.__seen = (text) => [__scope(), ...document.querySelectorAll(".toast")].some((part) => __text(part).includes(text));
window.__name = (element) => {
  if (!element) return "";
  const label = element.getAttribute("aria-label") ?? (element.labels?.length ? __text(element.labels[0]) : __text(element));
  return label.replace(/\s+/g, " ").replace(/ \*$/, "").trim();
};
window.__button = (name, scope = __scope()) => {
  const all = [...scope.querySelectorAll("button, a, summary")].filter((one) => __visible(one));
  return all.find((one) => __name(one) === name) ?? all.find((one) => __name(one).startsWith(name)) ?? null;
};
window.__row = (text) => [...document.querySelectorAll("tbody tr")].find((row) => __text(row).includes(text)) ?? document.createElement("p");
window.__field = (label) =>
  [...__scope().querySelectorAll("input, select, textarea")].find((field) => __visible(field) && __name(field) === label) ?? null;
