// Prints the software bill of materials of what `npm ci --omit=dev` installs, as CycloneDX 1.5 JSON, from package-lock.json alone.
// `npm sbom --omit dev` drops a package as soon as one development package wants it too: zod, ws and forty others were missing.
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
const { packages } = read("package-lock.json");
const { name, version, license, description } = read("package.json");

const nameOf = (path) => path.split("node_modules/").at(-1);
const refOf = (path) => (path === "" ? `${name}@${version}` : `${nameOf(path)}@${packages[path].version}`);
const purlOf = (path) => `pkg:npm/${refOf(path).replace(/^@/, "%40")}`;

/** Finds the package `wanted` where Node finds it from the package at `path`; undefined if it is not installed. */
function resolve(path, wanted) {
  for (let base = path; ; base = base.slice(0, Math.max(0, base.lastIndexOf("node_modules/") - 1))) {
    const found = `${base === "" ? "" : `${base}/`}node_modules/${wanted}`;
    if (packages[found] !== undefined) return packages[found].dev ? undefined : found;
    if (base === "") return undefined;
  }
}

/** The lock file names a licence by its SPDX identifier, or by an expression of several. */
const licencesOf = (text) =>
  text === undefined
    ? {}
    : { licenses: [/[\s()]/.test(text) ? { expression: text } : { license: { id: text } }] };

const hashesOf = (integrity) =>
  integrity === undefined
    ? {}
    : {
        hashes: [
          {
            alg: "SHA-512",
            content: Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex"),
          },
        ],
      };

const isOptional = ({ optional, devOptional }) => optional === true || devOptional === true;

const toComponent = (path) => ({
  "bom-ref": refOf(path),
  type: "library",
  name: nameOf(path),
  version: packages[path].version,
  scope: isOptional(packages[path]) ? "optional" : "required",
  purl: purlOf(path),
  ...hashesOf(packages[path].integrity),
  ...licencesOf(packages[path].license),
});

const toDependency = (path) => {
  const { dependencies, optionalDependencies, peerDependencies } = packages[path];
  const wanted = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  const found = wanted.map((one) => resolve(path, one)).filter((one) => one !== undefined);
  return { ref: refOf(path), dependsOn: [...new Set(found.map(refOf))].sort() };
};

/** A package may be installed at several places in one version. The first place stands for all. */
const seen = new Set();
const installed = Object.keys(packages).filter((path) => {
  if (path === "" || packages[path].dev || seen.has(refOf(path))) return false;
  return seen.add(refOf(path));
});

const bill = {
  $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: {
    lifecycles: [{ phase: "pre-build" }],
    component: {
      "bom-ref": refOf(""),
      type: "library",
      name,
      version,
      description,
      purl: purlOf(""),
      ...licencesOf(license),
    },
  },
  components: installed.map(toComponent),
  dependencies: ["", ...installed].map(toDependency),
};
console.log(JSON.stringify(bill, null, 2));
