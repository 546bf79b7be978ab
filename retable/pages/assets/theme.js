// Light, dark, or as the system has it.

const THEMES = { auto: "Theme: auto", light: "Theme: light", dark: "Theme: dark" };

function themed(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.getElementById("theme").textContent = THEMES[theme];
}

function nextTheme() {
  const order = Object.keys(THEMES);
  const theme =
    order[(order.indexOf(document.documentElement.dataset.theme || "auto") + 1) % order.length];
  themed(theme);
  try {
    localStorage.setItem("retable-theme", theme);
  } catch {
    /* it lasts as long as the page */
  }
}

function keptTheme() {
  try {
    const theme = localStorage.getItem("retable-theme");
    return theme in THEMES ? theme : "auto";
  } catch {
    return "auto";
  }
}
