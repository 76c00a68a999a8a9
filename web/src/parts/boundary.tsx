/** Shows a bug of the dashboard in place of the page that failed, so that the other pages can still be used. */
import { Component, type ComponentChildren } from "preact";
import { problemFrom } from "../api/request.ts";
import { ProblemNote } from "./problem.tsx";

type Props = {
  /** The page's path. Another page is tried anew. */
  at: string;
  children: ComponentChildren;
};
type State = { error: unknown };

export class Boundary extends Component<Props, State> {
  override state: State = { error: null };

  static override getDerivedStateFromError = (error: unknown): State => ({ error });

  override componentDidUpdate({ at }: Props): void {
    if (at !== this.props.at && this.state.error !== null) this.setState({ error: null });
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const problem = problemFrom(error);
    return problem && <ProblemNote problem={problem} onRetry={() => this.setState({ error: null })} />;
  }
}
