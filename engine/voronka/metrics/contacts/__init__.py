"""How clients experience our attempts to reach them."""
