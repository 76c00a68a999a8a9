// Sets the reader's choice of colours before the first paint. A file of its own: the page's policy forbids inline script.
(() => {
  const choice = localStorage.getItem("cto-theme");
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
