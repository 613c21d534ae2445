// Runs before the first paint, so that a chosen theme never flashes in the other one's colours.
// `data-theme` is what somebody chose here, or else the system's theme, followed as it changes.
(() => {
  const KEY = "easel-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage may be closed to this page; the system's theme will do.
  }
  const apply = () => {
    document.documentElement.dataset.theme = chosen ?? (system.matches ? "dark" : "light");
    document.dispatchEvent(new Event("themechange"));
  };
  document.addEventListener("themechoice", ({ detail }) => {
    chosen = detail;
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // The choice then lasts as long as the page.
    }
    apply();
  });
  system.addEventListener("change", apply);
  apply();
})();
