export {
  BufferAttribute, BufferGeometry, Color, ConeGeometry, CylinderGeometry, DirectionalLight, DoubleSide,
  DynamicDrawUsage, HemisphereLight, InstancedMesh, LineBasicMaterial, LineSegments, Matrix3, Matrix4, Mesh,
  MeshLambertMaterial, MeshStandardMaterial, OrthographicCamera, Quaternion, REVISION, Scene, SphereGeometry, Vector3,
  WebGLRenderer,
} from "three";
export { TrackballControls } from "three/examples/jsm/controls/TrackballControls.js";
