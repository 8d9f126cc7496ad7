/* Where everything is for given scales of the irreps: sums of the fields that the result holds, and nothing else. */
"use strict";

/**
 * @param data the JSON of the page: `atoms` (start, colour, radius), `images` ([atom, shift]), `irreps` (fields)
 * @returns scales (one a irrep) and functions of them; lengths in Å, Cartesian in the parent's frame
 */
function viewModel(data) {
  const count = data.atoms.length;
  const scales = data.irreps.map(() => 1);
  let moved = [], turned = [], stretch = [];

  function zeros(rows, columns) {
    return Array.from({ length: rows }, () => new Array(columns).fill(0));
  }

  function add(sum, field, scale) {
    field.forEach((row, i) => row.forEach((value, k) => { sum[i][k] += scale * value; }));
  }

  /* (x + sum of displacements) times (1 + sum of strains), rows. */
  function update() {
    moved = zeros(count, 3);
    turned = zeros(count, 3);
    stretch = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    data.irreps.forEach((irrep, n) => {
      if (irrep.kind === "displacement") add(moved, irrep.values, scales[n]);
      if (irrep.kind === "magnetic") add(turned, irrep.values, scales[n]);
      if (irrep.kind === "strain") add(stretch, irrep.values, scales[n]);
    });
  }

  function stretched(point) {
    return [0, 1, 2].map((k) => point[0] * stretch[0][k] + point[1] * stretch[1][k] + point[2] * stretch[2][k]);
  }

  function place(image) {
    const [atom, shift] = data.images[image], start = data.atoms[atom].start, by = moved[atom];
    return stretched([0, 1, 2].map((k) => start[k] + shift[k] + by[k]));
  }

  /* Displacement of an atom by all irreps, or by the one with number `only`. */
  function displacement(atom, only) {
    if (only === null) return stretched(moved[atom]);
    const irrep = data.irreps[only];
    if (irrep.kind !== "displacement") return [0, 0, 0];
    return stretched(irrep.values[atom].map((value) => scales[only] * value));
  }

  /* Moment of an atom, in units of its own, by all irreps or by the one with number `only`. */
  function moment(atom, only) {
    if (only === null) return turned[atom];
    const irrep = data.irreps[only];
    return irrep.kind === "magnetic" ? irrep.values[atom].map((value) => scales[only] * value) : [0, 0, 0];
  }

  /* Occupancies of an atom, or null where no mixed site takes part. */
  function occupancies(atom) {
    if (!data.elements.length || !data.atoms[atom].occupancies) return null;
    const sum = data.atoms[atom].occupancies.slice();
    data.irreps.forEach((irrep, n) => {
      if (irrep.kind === "occupation") irrep.values[atom].forEach((value, k) => { sum[k] += scales[n] * value; });
    });
    return sum;
  }

  update();
  return { scales, update, stretched, place, displacement, moment, occupancies };
}
