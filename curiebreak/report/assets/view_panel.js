/* Sliders, buttons and boxes beside the picture. */
"use strict";

(function () {
  const root = document.getElementById("view");
  const canvas = root.querySelector("canvas"), context = canvas.getContext("webgl2", { antialias: true });
  if (!context) {
    root.classList.add("nogl");
    return;
  }
  const data = JSON.parse(document.getElementById("view-data").textContent);
  const model = viewModel(data), scene = viewScene(canvas, context, data, model);
  const sliders = Array.from(root.querySelectorAll("input[data-irrep]"));
  const all = root.querySelector("input[data-all]");

  function write(input, value) {
    input.value = String(value);
    input.parentElement.querySelector("output").textContent = value.toFixed(2);
  }

  function setAll(value) {
    sliders.forEach((slider) => {
      write(slider, value);
      model.scales[Number(slider.dataset.irrep)] = value;
    });
    if (all) write(all, value);
    model.update();
    scene.refresh();
  }

  sliders.forEach((slider) => slider.addEventListener("input", () => {
    const value = Number(slider.value);
    write(slider, value);
    model.scales[Number(slider.dataset.irrep)] = value;
    if (all) all.parentElement.querySelector("output").textContent = "";
    model.update();
    scene.refresh();
  }));
  if (all) all.addEventListener("input", () => setAll(Number(all.value)));
  root.querySelectorAll("button[data-set]").forEach((button) => {
    button.addEventListener("click", () => setAll(Number(button.dataset.set)));
  });
  root.querySelectorAll("input[data-show]").forEach((box) => {
    const show = () => {
      scene.show(box.dataset.show, box.checked);
      if (box.dataset.show === "arrows") root.querySelector(".factor").style.display = box.checked ? "" : "none";
    };
    box.addEventListener("change", show);
    show();
  });
  const chosen = root.querySelector("select[data-arrows]");
  if (chosen) chosen.addEventListener("change", () => scene.arrows(chosen.value === "" ? null : Number(chosen.value)));
  root.querySelectorAll("button[data-look]").forEach((button) => {
    button.addEventListener("click", () => scene.look(...data.looks[button.dataset.look]));
  });
  root.querySelector("button[data-save]").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = scene.picture();
    link.download = "structure.png";
    link.click();
  });
  canvas.addEventListener("pointerdown", () => canvas.focus({ preventScroll: true }));
  canvas.addEventListener("keydown", (event) => {
    const turns = { ArrowLeft: [1, -1], ArrowRight: [1, 1], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!turns) return;
    event.preventDefault();
    scene.rotate(turns[0], -turns[1] * Math.PI / 24);
  });

  /* x, y, z of the parent's frame in the corner. */
  const arms = ["x", "y", "z"].map((name) => root.querySelector(`g[data-axis=${name}]`));
  scene.onDraw((m) => arms.forEach((arm, k) => {
    const x = m[4 * k], y = -m[4 * k + 1], line = arm.querySelector("line"), text = arm.querySelector("text");
    line.setAttribute("x2", (22 * x).toFixed(2));
    line.setAttribute("y2", (22 * y).toFixed(2));
    text.setAttribute("x", (30 * x).toFixed(2));
    text.setAttribute("y", (30 * y).toFixed(2));
  }));

  scene.refresh();
  scene.look(...data.looks.start);
  window.curiebreakView = {
    data, scales: model.scales, shown: scene.shown, plotted: scene.plotted, colours: scene.colours,
    positions: () => data.images.map((_, image) => model.place(image)),
    picture: scene.picture, turned: scene.turned,
  };
})();
