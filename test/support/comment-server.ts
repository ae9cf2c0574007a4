import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Comment {
  id: number;
  body: string;
}

/** The comments of one pull request, with as many routes of GitHub and GitLab as are used. */
export class CommentServer {
  readonly comments: Comment[] = [];
  readonly credentials = new Set<string>();
  /** Longer comments are refused. */
  longest = Number.POSITIVE_INFINITY;
  readonly #server: Server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    this.credentials.add(request.headers.authorization ?? String(request.headers["private-token"]));
    let text = "";
    for await (const chunk of request) text += chunk;
    const { body } = text === "" ? { body: "" } : JSON.parse(text);
    const page = Number(searchParams.get("page") ?? 1);
    const size = Number(searchParams.get("per_page") ?? 30);
    if (body.length > this.longest) {
      response.writeHead(422).end("body is too long");
      return;
    }
    const known = this.comments.find(({ id }) => pathname.endsWith(`/${id}`));
    if (request.method === "POST") this.comments.push({ id: 1000 + this.comments.length, body });
    else if (request.method !== "GET" && known) known.body = body;
    response.end(JSON.stringify(request.method === "GET" ? this.comments.slice((page - 1) * size, page * size) : {}));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
