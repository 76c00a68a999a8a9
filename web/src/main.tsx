/** Starts the dashboard: it loads the styles and the session, and renders the requested page. */
import "./styles/index.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { refreshSession } from "./session.ts";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no #app");
render(<App />, root);
void refreshSession();
