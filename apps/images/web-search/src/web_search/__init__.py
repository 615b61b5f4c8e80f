"""An MCP server that searches the web through Tavily."""
