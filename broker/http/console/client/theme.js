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

  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemTheme = () => system.matches ? "dark" : "light";
  let theme = chosen();
  const show = () => root.dataset.theme = theme === "dark" || theme === "light" ? theme : systemTheme();
  show();
  system.addEventListener("change", show);

  addEventListener("milena:theme", () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    theme = next === systemTheme() ? null : next;
    show();
    try {
      if (theme === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Then it holds for this page.
    }
  });
})();
