// The diagram: its size, which is its zoom, and what of it is followed.

const sheet = document.getElementById("sheet");
const drawing = document.getElementById("drawing");
const LEAST = 0.08;
const MOST_ZOOM = 2.5;
const READABLE = 0.55; // below it names give way to those of the domains
let scale = 1;
let fits = true;

function fitting() {
  return Math.min(1, (sheet.clientWidth - 2) / Number(drawing.dataset.width));
}

function zoomed(to, x = sheet.clientWidth / 2, y = sheet.clientHeight / 2) {
  const before = scale;
  scale = Math.min(MOST_ZOOM, Math.max(Math.min(LEAST, fitting()), to));
  const left = ((sheet.scrollLeft + x) / before) * scale - x;
  const top = ((sheet.scrollTop + y) / before) * scale - y;
  drawing.setAttribute("width", Math.floor(Number(drawing.dataset.width) * scale));
  drawing.setAttribute("height", Math.floor(Number(drawing.dataset.height) * scale));
  sheet.classList.toggle("is-far", scale < READABLE);
  sheet.scrollTo(left, top);
}

function fit() {
  fits = true;
  zoomed(fitting());
  sheet.scrollTo(0, 0);
}

function zoomBy(factor, x, y) {
  fits = false;
  zoomed(scale * factor, x, y);
}

const boxes = drawing ? [...drawing.querySelectorAll(".box")] : [];
const lines = drawing ? [...drawing.querySelectorAll(".line")] : [];
let kept = null; // the table that stays followed when nothing is pointed at

function mark(table) {
  const near = new Set([table]);
  for (const line of lines) {
    const { from, to } = line.dataset;
    const is = table !== null && (from === table || to === table);
    line.classList.toggle("is-followed", is);
    if (is) near.add(from).add(to);
  }
  for (const box of boxes) {
    const is = table !== null && near.has(box.dataset.table);
    box.classList.toggle("is-followed", is);
    box.classList.toggle("is-it", box.dataset.table === table);
  }
  drawing.classList.toggle("follows", table !== null);
}

function follow(table) {
  if (!drawing) return;
  kept = boxes.some((it) => it.dataset.table === table) ? table : null;
  mark(kept);
}

function dimAllBut(tables) {
  for (const box of boxes)
    box.classList.toggle("is-dim", tables !== null && !tables.has(box.dataset.table));
}

// A table is shown in the middle, large enough to be read.
function showTable(table) {
  const box = boxes.find((it) => it.dataset.table === table);
  if (!box) return;
  fits = false;
  zoomed(Math.max(scale, 0.9));
  const { left, top, width, height } = box.getBoundingClientRect();
  const frame = sheet.getBoundingClientRect();
  sheet.scrollBy(
    left - frame.left - (frame.width - width) / 2,
    top - frame.top - (frame.height - height) / 2,
  );
  follow(table);
}

function dragging() {
  let from = null;
  let moved = false;
  sheet.addEventListener("pointerdown", (event) => {
    moved = false;
    if (event.pointerType === "mouse" && event.button === 0)
      from = [event.clientX, event.clientY, sheet.scrollLeft, sheet.scrollTop];
  });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = [event.clientX - from[0], event.clientY - from[1]];
    if (Math.abs(x) + Math.abs(y) > 4) moved = true;
    if (moved) sheet.scrollTo(from[2] - x, from[3] - y);
  });
  addEventListener("pointerup", () => {
    from = null;
  });
  sheet.addEventListener("dragstart", (event) => event.preventDefault());
  // Who has dragged did not mean to click.
  sheet.addEventListener(
    "click",
    (event) => {
      if (moved) {
        event.preventDefault();
        event.stopPropagation();
      }
    },
    true,
  );
}

function drawable() {
  if (!drawing) return;
  fit();
  dragging();
  const on = (id, does) => document.getElementById(id).addEventListener("click", does);
  on("zoom-in", () => zoomBy(1.3));
  on("zoom-out", () => zoomBy(1 / 1.3));
  on("zoom-fit", fit);
  on("zoom-full", () => zoomBy(1 / scale));
  new ResizeObserver(() => fits && zoomed(fitting())).observe(sheet);
  sheet.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = sheet.getBoundingClientRect();
      zoomBy(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
    },
    { passive: false },
  );
  const tableAt = (event) => event.target.closest?.(".box")?.dataset.table ?? null;
  for (const name of ["pointerover", "focusin"])
    drawing.addEventListener(name, (event) => mark(tableAt(event) ?? kept));
  for (const name of ["pointerleave", "focusout"])
    drawing.addEventListener(name, () => mark(kept));
}
