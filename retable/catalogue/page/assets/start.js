// What happens, and how it begins.

function showNav(is) {
  document.documentElement.classList.toggle("shows-nav", is);
  document.getElementById("show-nav").setAttribute("aria-expanded", is);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input")) return;
  if (event.key === "/") {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "t") nextTheme();
  else onHitKey(event);
}

function onClick(event) {
  const link = event.target.closest("a");
  if (!link) return;
  const { show, column } = link.dataset;
  if (show) showTable(document.getElementById(show).dataset.table);
  const address = link.getAttribute("href");
  if (address?.startsWith("#")) {
    showNav(false);
    if (column) queueMicrotask(() => arrived(address.slice(1), column));
  }
}

addEventListener("hashchange", () => arrived(location.hash.slice(1)));
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
field.addEventListener("input", () => search(field.value));
field.addEventListener("keydown", onSearchKey);
document.getElementById("show-nav").addEventListener("click", () => {
  showNav(!document.documentElement.classList.contains("shows-nav"));
});
document.getElementById("theme").addEventListener("click", nextTheme);
themed(keptTheme());
drawable();
if (location.hash) arrived(location.hash.slice(1));
document.documentElement.dataset.ready = "";
