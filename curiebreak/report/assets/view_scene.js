/* The picture: balls, bonds, polyhedra, cell and arrows, placed anew whenever a scale changes. */
"use strict";

const VIEW_INK = "#222222", VIEW_BOND = "#b9b9b9", VIEW_CELL = "#333333", VIEW_BACK = "#ffffff";

/**
 * @param canvas where to draw; `context` its WebGL context
 * @returns refresh (place everything), show (switch a part on or off), look (turn the eye), redraw, resize, plotted
 */
function viewScene(canvas, context, data, model) {
  const up = new THREE.Vector3(0, 1, 0), matrix = new THREE.Matrix4(), turn = new THREE.Quaternion();
  const scene = new THREE.Scene(), renderer = new THREE.WebGLRenderer({ canvas, context, antialias: true });
  const camera = new THREE.OrthographicCamera();
  const parts = { atoms: [], bonds: [], polyhedra: [], cell: [], arrows: [], moments: [] };
  const cellRadius = Math.min(0.05, Math.max(0.02, 0.0055 * data.radius));
  let arrowsOf = null, waiting = false, onDraw = () => {};

  function material(colour) {
    return new THREE.MeshStandardMaterial({ color: colour, roughness: 0.6, metalness: 0.0 });
  }

  function instances(part, geometry, colour, count) {
    const mesh = new THREE.InstancedMesh(geometry, material(colour), Math.max(count, 1));
    mesh.count = count;
    mesh.frustumCulled = false;
    mesh.instanceMatrix.setUsage(THREE.DynamicDrawUsage);
    scene.add(mesh);
    parts[part].push(mesh);
    return mesh;
  }

  function lines(part, segments, colour) {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(new Float32Array(segments * 6), 3));
    const mesh = new THREE.LineSegments(geometry, new THREE.LineBasicMaterial({ color: colour }));
    mesh.frustumCulled = false;
    scene.add(mesh);
    parts[part].push(mesh);
    return mesh;
  }

  function setPoints(mesh, points) {
    const attribute = mesh.geometry.getAttribute("position");
    points.forEach((point, i) => attribute.setXYZ(i, point[0], point[1], point[2]));
    attribute.needsUpdate = true;
  }

  /* A rod or cone of unit height along y becomes one from `start` along `way`. */
  function along(mesh, index, start, way, length, radius) {
    const direction = new THREE.Vector3(...way);
    if (direction.length() < 1e-12 || length <= 0) {
      mesh.setMatrixAt(index, matrix.makeScale(0, 0, 0));
      return;
    }
    turn.setFromUnitVectors(up, direction.normalize());
    const middle = new THREE.Vector3(...start).addScaledVector(direction, length / 2);
    mesh.setMatrixAt(index, matrix.compose(middle, turn, new THREE.Vector3(radius, length, radius)));
  }

  const atoms = instances("atoms", new THREE.SphereGeometry(1, 32, 20), "#ffffff", data.images.length);
  const bonds = instances("bonds", new THREE.CylinderGeometry(1, 1, 1, 14), VIEW_BOND, data.bonds.length);
  const shafts = instances("arrows", new THREE.CylinderGeometry(1, 1, 1, 14), VIEW_INK, data.images.length);
  const heads = instances("arrows", new THREE.ConeGeometry(1, 1, 20), VIEW_INK, data.images.length);
  const spins = instances("moments", new THREE.CylinderGeometry(1, 1, 1, 14), data.moment_colour, data.images.length);
  const tips = instances("moments", new THREE.ConeGeometry(1, 1, 20), data.moment_colour, data.images.length);
  const cell = instances("cell", new THREE.CylinderGeometry(1, 1, 1, 8), VIEW_CELL, data.cell.length);
  const faces = polyhedra();
  const ridges = lines("polyhedra", data.ridges.length, VIEW_INK);
  ridges.material.transparent = true;
  ridges.material.opacity = 0.35;

  function polyhedra() {
    const corners = data.faces.length * 3, colour = new THREE.Color();
    const geometry = new THREE.BufferGeometry(), colours = new Float32Array(corners * 3);
    data.faces.forEach((face, i) => {
      colour.set(face.colour).toArray(colours, 9 * i);
      colour.toArray(colours, 9 * i + 3);
      colour.toArray(colours, 9 * i + 6);
    });
    geometry.setAttribute("position", new THREE.BufferAttribute(new Float32Array(corners * 3), 3));
    geometry.setAttribute("color", new THREE.BufferAttribute(colours, 3));
    const look = new THREE.MeshLambertMaterial({
      vertexColors: true, flatShading: true, side: THREE.DoubleSide, transparent: true, opacity: 0.45, depthWrite: false,
    });
    const mesh = new THREE.Mesh(geometry, look);
    mesh.frustumCulled = false;
    scene.add(mesh);
    parts.polyhedra.push(mesh);
    return mesh;
  }

  function atomColour(atom) {
    const values = model.occupancies(atom);
    if (values === null) return new THREE.Color(data.atoms[atom].colour);
    const total = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
    const mix = new THREE.Color(0, 0, 0);
    values.forEach((value, k) => {
      if (total > 0) mix.add(new THREE.Color(data.elements[k].colour).multiplyScalar(Math.max(value, 0) / total));
    });
    return mix.lerp(new THREE.Color(VIEW_BACK), Math.min(1, Math.max(0, 1 - total)));
  }

  function placeAtoms() {
    data.images.forEach(([atom], image) => {
      const at = model.place(image), radius = data.atoms[atom].radius;
      atoms.setMatrixAt(image, matrix.makeScale(radius, radius, radius).setPosition(at[0], at[1], at[2]));
      atoms.setColorAt(image, atomColour(atom));
    });
    atoms.instanceMatrix.needsUpdate = true;
    atoms.instanceColor.needsUpdate = true;
  }

  function placeRods(mesh, ends, radius) {
    ends.forEach(([start, end], i) => {
      const way = end.map((x, k) => x - start[k]);
      along(mesh, i, start, way, Math.hypot(...way), radius);
    });
    mesh.instanceMatrix.needsUpdate = true;
  }

  function placeArrows() {
    const colour = arrowsOf === null ? VIEW_INK : data.irreps[arrowsOf].colour;
    [shafts, heads].forEach((mesh) => mesh.material.color.set(colour));
    data.images.forEach(([atom], image) => {
      const way = model.displacement(atom, arrowsOf).map((x) => x * data.arrow_factor), length = Math.hypot(...way);
      const shown = length > data.arrow_least ? length : 0, tip = Math.min(0.34, 0.5 * shown), start = model.place(image);
      const neck = start.map((x, k) => x + (shown ? way[k] * (shown - tip) / shown : 0));
      along(shafts, image, start, way, shown - tip, Math.min(0.055, 0.12 * shown));
      along(heads, image, neck, way, tip, Math.min(0.14, 0.3 * shown));
    });
    [shafts, heads].forEach((mesh) => { mesh.instanceMatrix.needsUpdate = true; });
  }

  /* Arrows through the middles of the atoms. */
  function placeMoments() {
    data.images.forEach(([atom], image) => {
      const own = model.moment(atom, arrowsOf), way = own.map((x) => x * data.moment_factor);
      const length = Math.hypot(...own) > data.moment_least ? Math.hypot(...way) : 0, tip = 0.35 * length;
      const start = model.place(image).map((x, k) => x - way[k] / 2);
      const neck = start.map((x, k) => x + (length ? way[k] * (length - tip) / length : 0));
      along(spins, image, start, way, length - tip, Math.min(0.09, 0.12 * length));
      along(tips, image, neck, way, tip, Math.min(0.2, 0.25 * length));
    });
    [spins, tips].forEach((mesh) => { mesh.instanceMatrix.needsUpdate = true; });
  }

  function refresh() {
    placeAtoms();
    placeRods(bonds, data.bonds.map((pair) => pair.map(model.place)), data.bond_radius);
    placeRods(cell, data.cell.map((pair) => pair.map(model.stretched)), cellRadius);
    placeArrows();
    placeMoments();
    setPoints(faces, data.faces.flatMap((face) => face.corners.map(model.place)));
    setPoints(ridges, data.ridges.flatMap((pair) => pair.map(model.place)));
    redraw();
  }

  const sun = new THREE.DirectionalLight("#ffffff", 1.9);
  scene.add(new THREE.HemisphereLight("#ffffff", "#9a9a9a", 2.1), sun, sun.target);
  renderer.setClearColor(VIEW_BACK, 1);

  const middle = new THREE.Vector3(...data.middle), reach = data.radius;
  const controls = new THREE.TrackballControls(camera, canvas);
  controls.staticMoving = true;
  controls.rotateSpeed = 3.0;
  controls.target.copy(middle);
  controls.keys = ["", "", ""];

  /* Look from the direction `towards` with `vertical` upwards. */
  function look(towards, vertical) {
    camera.up.set(...vertical);
    camera.position.set(...towards).multiplyScalar(4 * reach).add(middle);
    camera.zoom = 1;
    camera.lookAt(middle);
    resize();
  }

  /* Turn by an angle about the screen's axis to the right (0) or upwards (1). */
  function rotate(axis, angle) {
    const about = new THREE.Vector3().setFromMatrixColumn(camera.matrixWorld, axis).normalize();
    const by = new THREE.Quaternion().setFromAxisAngle(about, angle);
    camera.position.sub(controls.target).applyQuaternion(by).add(controls.target);
    camera.up.applyQuaternion(by);
    camera.lookAt(controls.target);
    redraw();
  }

  function resize() {
    const width = canvas.parentElement.clientWidth || 1, height = canvas.parentElement.clientHeight || 1;
    const wide = Math.max(1, width / height), tall = Math.max(1, height / width);
    renderer.setPixelRatio(window.devicePixelRatio || 1);
    renderer.setSize(width, height, false);
    Object.assign(camera, { left: -reach * wide, right: reach * wide, top: reach * tall, bottom: -reach * tall });
    Object.assign(camera, { near: 0.1, far: 12 * reach });
    camera.updateProjectionMatrix();
    controls.handleResize();
    redraw();
  }

  function draw() {
    waiting = false;
    controls.noZoom = document.activeElement !== canvas;
    controls.update();
    camera.updateMatrixWorld();
    const corner = new THREE.Vector3(-0.6, 1.0, 1.4).applyQuaternion(camera.quaternion);
    sun.position.copy(middle).add(corner);
    sun.target.position.copy(middle);
    renderer.render(scene, camera);
    onDraw(camera.matrixWorldInverse.elements);
  }

  function redraw() {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(draw);
    }
  }

  ["pointerdown", "pointermove", "pointerup", "wheel", "focus", "blur"].forEach((name) => {
    canvas.addEventListener(name, redraw, { passive: true });
  });
  new ResizeObserver(resize).observe(canvas.parentElement);

  return {
    refresh, look, rotate, redraw,
    show: (part, on) => { parts[part].forEach((mesh) => { mesh.visible = on; }); redraw(); },
    shown: (part) => parts[part].length > 0 && parts[part].every((mesh) => mesh.visible),
    arrows: (only) => { arrowsOf = only; placeArrows(); placeMoments(); redraw(); },
    onDraw: (action) => { onDraw = action; },
    turned: () => data.images.map(([atom]) => model.moment(atom, arrowsOf)),
    picture: () => { draw(); return canvas.toDataURL("image/png"); },
    plotted: () => data.images.map((_, i) => {
      atoms.getMatrixAt(i, matrix);
      return [matrix.elements[12], matrix.elements[13], matrix.elements[14]];
    }),
    colours: () => data.images.map((_, i) => {
      const colour = new THREE.Color();
      atoms.getColorAt(i, colour);
      return "#" + colour.getHexString();
    }),
  };
}
