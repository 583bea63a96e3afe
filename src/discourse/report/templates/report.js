"use strict";
// Charts answer to pointer and keyboard: every mark carries what it says, shown below the chart and told to screen readers.
for (const plot of document.querySelectorAll(".plot")) {
  const readout = plot.parentElement.querySelector(".readout");
  const hint = readout.textContent;
  let at = -1;
  const marks = () => {
    const shown = [...plot.querySelectorAll("svg")].find((svg) => getComputedStyle(svg).display !== "none");
    return shown ? [...shown.querySelectorAll(".mark")] : [];
  };
  const show = (index) => {
    const all = marks();
    if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, index));
    for (const mark of plot.querySelectorAll(".mark.on")) mark.classList.remove("on");
    all[at].classList.add("on");
    readout.textContent = all[at].dataset.note;
    readout.classList.add("live");
    plot.setAttribute("aria-valuemax", String(all.length));
    plot.setAttribute("aria-valuenow", String(at + 1));
    plot.setAttribute("aria-valuetext", all[at].dataset.note);
  };
  const count = marks().length;
  if (!count) continue;
  plot.tabIndex = 0;
  plot.setAttribute("role", "slider");
  plot.setAttribute("aria-label", plot.dataset.explore);
  plot.setAttribute("aria-valuemin", "1");
  plot.setAttribute("aria-valuemax", String(count));
  plot.setAttribute("aria-valuenow", "1");
  plot.setAttribute("aria-valuetext", marks()[0].dataset.note);
  const clear = () => {
    at = -1;
    for (const mark of plot.querySelectorAll(".mark.on")) mark.classList.remove("on");
    readout.classList.remove("live");
    readout.textContent = hint;
  };
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
    const last = marks().length - 1;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    const href = at >= 0 ? marks()[at].dataset.href : "";
    if (event.key === "Enter" && href) location.hash = href;
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
  plot.addEventListener("pointermove", (event) => {
    const mark = event.target.closest(".mark");
    if (mark) show(marks().indexOf(mark));
  });
  plot.addEventListener("click", (event) => {
    const mark = event.target.closest(".mark");
    if (!mark) return;
    show(marks().indexOf(mark));
    if (mark.dataset.href && event.detail === 2) location.hash = mark.dataset.href;
  });
}
// Mark the part being read in the contents.
const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.getAttribute("href").slice(1), a]));
if ("IntersectionObserver" in window) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const section of document.querySelectorAll("main > section")) seen.observe(section);
}
