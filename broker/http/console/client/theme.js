/**
 * Dark or light: what the system says, unless it was chosen here. No module, and loaded before anything is drawn, so that
 * the page is never shown in the wrong one first.
 */
(() => {
  const KEY = "milena.theme";
  const root = document.documentElement;

  /** @returns {string | null} */
  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // Storage may be forbidden.
    }
  }

  const theme = chosen();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  addEventListener("milena:theme", () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    if (next === system) delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === system) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      // Then it holds for this page.
    }
  });
})();
