// What would shut people out, as a list of sentences. A small part of what the accessibility guidelines ask for, but the
// part that a program can judge without doubt.
const wrong = [];
const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const told = (element) => `<${element.tagName.toLowerCase()} class="${element.className}"> ${(element.innerText ?? "").slice(0, 40)}`;
const name = (element) =>
  (element.getAttribute("aria-label") ?? (element.labels?.length ? element.labels[0].innerText : "")) || element.innerText || element.title;

const headings = [...document.querySelectorAll("h1")].filter(visible);
if (headings.length !== 1) wrong.push(`${headings.length} headings of the first level`);
if (document.querySelectorAll("main").length !== 1) wrong.push("not one main landmark");
if (!document.documentElement.lang) wrong.push("no language");
if (!document.title) wrong.push("no title");
for (const field of document.querySelectorAll("input, select, textarea")) {
  if (visible(field) && !field.labels?.length && !field.getAttribute("aria-label")) wrong.push(`no label: ${told(field)} ${field.name}`);
}
for (const control of document.querySelectorAll("button, a[href], summary, dialog, nav, [role=img], [role=search], section")) {
  const named = control.getAttribute("aria-labelledby") ? document.getElementById(control.getAttribute("aria-labelledby"))?.innerText : name(control);
  if (visible(control) && !named?.trim()) wrong.push(`no name: ${told(control)}`);
}
for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls", "for"]) {
  for (const element of document.querySelectorAll(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(" ")) if (!document.getElementById(id)) wrong.push(`${attribute} leads nowhere: ${told(element)}`);
  }
}
const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) wrong.push(`the id ${id} is there twice`);
const room = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > room) {
  const widest = [...document.querySelectorAll("body *")].filter((one) => visible(one) && one.getBoundingClientRect().right > room + 1).slice(0, 3);
  wrong.push(`wider than the window: ${widest.map(told).join("; ")}`);
}

for (const table of document.querySelectorAll(".table-wrap")) if (table.scrollWidth > table.clientWidth + 1) wrong.push(`a table is wider than its place: ${told(table)}`);

// Contrast, of text on what is behind it; colours may be in any notation, so a canvas reads them.
const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgba = (colour) => {
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data];
};
const light = ([red, green, blue]) => {
  const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
};
const behind = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = rgba(getComputedStyle(one).backgroundColor);
    if (colour[3] === 255) return colour;
    if (colour[3] > 0) return null;
  }
  return [255, 255, 255, 255];
};
const scope = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
const walker = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (seen.has(element) || !walker.currentNode.textContent.trim() || !visible(element)) continue;
  seen.add(element);
  if (element.closest(":disabled, [aria-disabled=true], [aria-busy=true], option, svg, noscript, .visually-hidden, .skip")) continue;
  const style = getComputedStyle(element);
  const back = behind(element);
  if (!back) continue;
  const [bright, dark] = [light(rgba(style.color)), light(back)].sort((a, b) => b - a);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
  const ratio = (bright + 0.05) / (dark + 0.05);
  if (ratio < (large ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${told(element)}`);
}
return [...new Set(wrong)];
