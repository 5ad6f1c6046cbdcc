const all = document.getElementById("all");
const runs = [...document.querySelectorAll("details.run")];
const label = () => {
  all.textContent = runs.every(d => d.open) ? "Close all" : "Open all";
};
all.hidden = runs.length < 2;
all.addEventListener("click", () => {
  const open = !runs.every(d => d.open);
  runs.forEach(d => { d.open = open; });
  label();
});
runs.forEach(d => d.addEventListener("toggle", label));
label();
