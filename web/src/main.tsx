/** The dashboard's first file: its styles, who is signed in, and the page that was asked for. */
import "./styles/index.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { refreshSession } from "./session.ts";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no #app");
render(<App />, root);
void refreshSession();
