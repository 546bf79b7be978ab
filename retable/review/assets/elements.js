// Elements are made here and nowhere else, of text only: no part of the code base is ever markup.

function el(name, facts, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(facts || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "class") element.className = value;
    else if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((it) => it !== null && it !== undefined));
  return element;
}

// Characters that show nothing, or turn the text around, could hide what an edit does.
const ODD =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]/g;

function shown(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(ODD)) {
    const code = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    if (match.index > at) nodes.push(text.slice(at, match.index));
    nodes.push(el("span", { class: "odd", title: `the character U+${code}` }, `U+${code}`));
    at = match.index + 1;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

// What may be broken after each word of a name.
function breakable(text) {
  return text.split(/(?<=[_/])/).flatMap((it) => [...shown(it), el("wbr")]);
}

// What fits a line.
function brief(text) {
  const line = text.replace(/\s*[\r\n]\s*/g, " ");
  return shown(line.length > 120 ? `${line.slice(0, 119)}…` : line);
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

// A path whose folders give way first where there is little room.
function pathOf(path) {
  const cut = path.lastIndexOf("/") + 1;
  return el(
    "span",
    { class: "path", title: path },
    cut ? el("span", { class: "folder" }, shown(path.slice(0, cut))) : null,
    el("span", { class: "name" }, shown(path.slice(cut))),
  );
}

async function copied(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission, or without a secure context: the old way.
    const area = el("textarea", { class: "visually-hidden" });
    area.value = text;
    (button.closest("dialog") || document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = before;
  }, 1500);
  say("copied");
}

// Text to be taken elsewhere, with a button that does it.
function copyable(text, label) {
  const button = el(
    "button",
    { class: "small", type: "button", "aria-label": `Copy ${label}` },
    "Copy",
  );
  button.addEventListener("click", () => copied(text, button));
  return el("div", { class: "copyable" }, el("pre", { tabindex: 0 }, shown(text)), button);
}

let hiding = 0;

// Said to those who look and to those who listen.
function say(text) {
  const line = document.getElementById("said");
  line.textContent = text;
  line.classList.add("is-said");
  clearTimeout(hiding);
  hiding = setTimeout(() => line.classList.remove("is-said"), 2500);
}
