using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
<%if trigger == "http"%>
builder.ConfigureFunctionsWebApplication();
<%end%>
builder.Build().Run();
